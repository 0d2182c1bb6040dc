//! Widgets that the three apps share. Their look is `public/style.css`; here is only what they are.

pub mod class;
pub mod field;
pub mod format;
pub mod pick;
pub mod shell;
pub mod store;

pub use class::{ClassBadge, ClassShape, usual_standard};
pub use field::{MoneyField, NumberField, TextField};
pub use pick::{Checkbox, Notice, RadioTiles, Stepper, Tile, Tone};
pub use shell::{App, Shell, mount};
