//! The port to what understands pictures: codes in a picture file, and a picture to keep as evidence. Implemented over
//! `sense`; blocks, some to some hundred milliseconds.

use crate::port::scan::CodeFound;

/// Pictures.
pub trait Pictures: Send + Sync + 'static {
    /// All codes in a picture file (JPEG, PNG and others); none is no error.
    ///
    /// # Errors
    /// A sentence on what is wrong with the file, with the next step.
    fn codes(&self, file: &[u8]) -> Result<Vec<CodeFound>, String>;

    /// The picture of a camera (one JPEG) as a PNG, to be kept.
    ///
    /// # Errors
    /// A sentence on what is wrong with the picture.
    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String>;
}
