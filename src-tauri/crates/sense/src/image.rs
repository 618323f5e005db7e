//! Pictures from files, made grey, and pictures kept as PNG.
