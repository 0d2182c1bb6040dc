//! Widgets that the apps share. Their looks are in `public/style.css`.

pub mod class;
pub mod clipboard;
pub mod combobox;
pub mod desk_pages;
pub mod dom;
mod embed;
pub mod field;
pub mod file;
mod focus;
pub mod format;
pub mod indicator;
pub mod later;
pub mod number_text;
pub mod pick;
pub mod shell;
pub mod view;

pub use class::usual_standard;
pub use desk_pages::DeskPages;
pub use embed::ElView;
pub use focus::{focus, focus_now};
pub use pick::Tile;
pub use shell::{App, mount};
pub use view::{
    Checkbox, ClassBadge, ClassShape, MoneyField, Notice, NumberField, RadioTiles, Shell, Stepper, TextField,
    Tone,
};
