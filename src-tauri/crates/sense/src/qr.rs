//! QR codes in grey pictures.
