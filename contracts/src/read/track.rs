//! Where a fault is.

use std::cell::RefCell;
use std::fmt::Write as _;

/// A step from an item to one of its parts.
pub enum Step {
    /// To a member of an object, or to a variant.
    Member(String),
    /// To a place in a list, from 0.
    Place(usize),
}

/// The way to the part that could not be read, told from the inside out.
#[derive(Default)]
pub struct Track(RefCell<Vec<Step>>);

impl Track {
    /// The part at `step` could not be read.
    pub fn failed(&self, step: Step) {
        self.0.borrow_mut().push(step);
    }

    /// The way from the root, `.` when it is the root itself.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.borrow().iter().rev() {
            match step {
                Step::Member(name) => {
                    let dot = if path.is_empty() { "" } else { "." };
                    path.push_str(dot);
                    path.push_str(name);
                }
                Step::Place(at) => {
                    let _ = write!(path, "[{at}]");
                }
            }
        }
        if path.is_empty() { ".".to_owned() } else { path }
    }
}
