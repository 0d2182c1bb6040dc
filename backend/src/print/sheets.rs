//! Sheets that are filled from top to bottom.

use soho_shared::paper::Form;

use super::measure::{Font, Length};

/// The sheets of a paper while they are filled.
pub(super) struct Sheets {
    form: Form,
    /// Height of a sheet between its margins.
    room: Length,
    /// What of it is left on the last sheet.
    left: Length,
    bodies: Vec<String>,
}

impl Sheets {
    pub(super) fn new(form: Form) -> Self {
        // A4 without the margins of 20 mm above and below, and a little room for what browsers round.
        let room = if form == Form::Upright { 255_000 } else { 168_000 };
        Sheets { form, room, left: room, bodies: vec![String::new()] }
    }

    /// Width of a sheet between its margins of 30 and 15 mm.
    pub(super) const fn width(&self) -> Length {
        match self.form {
            Form::Upright => 165_000,
            Form::Turned | Form::Large => 252_000,
        }
    }

    /// The font of what it says.
    pub(super) const fn font(&self) -> Font {
        Font::new(if matches!(self.form, Form::Large) { 160 } else { 130 })
    }

    pub(super) const fn form(&self) -> Form {
        self.form
    }

    pub(super) const fn room(&self) -> Length {
        self.room
    }

    pub(super) const fn left(&self) -> Length {
        self.left
    }

    /// Whether nothing is on the last sheet.
    pub(super) const fn is_fresh(&self) -> bool {
        self.left == self.room
    }

    /// Begins a new sheet, unless nothing is on this one.
    pub(super) fn begin(&mut self) {
        if !self.is_fresh() {
            self.bodies.push(String::new());
            self.left = self.room;
        }
    }

    /// Begins a new sheet where this height is not left on this one, but is on a new one.
    pub(super) fn keep(&mut self, height: Length) {
        if height > self.left && height <= self.room {
            self.begin();
        }
    }

    /// Puts a piece that is not cut, on this sheet or the next.
    pub(super) fn put(&mut self, html: &str, height: Length) {
        if height > self.left {
            self.begin();
        }
        if let Some(body) = self.bodies.last_mut() {
            body.push_str(html);
        }
        self.left -= height;
    }

    /// The height that something takes.
    pub(super) fn height_of(&self, put: impl FnOnce(&mut Sheets)) -> Length {
        const ENDLESS: Length = 1 << 50;
        let mut trial = Sheets { form: self.form, room: ENDLESS, left: ENDLESS, bodies: vec![String::new()] };
        put(&mut trial);
        ENDLESS - trial.left
    }

    /// The HTML of each sheet.
    pub(super) fn finish(self) -> Vec<String> {
        self.bodies
    }
}
