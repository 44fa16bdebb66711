//! The pipeline for one package and its policy; the public entry point of the library.
