//! Support for whole-station tests.
