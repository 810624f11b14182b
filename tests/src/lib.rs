//! Checks of the workspace as a whole stand in `tests/`; this library is empty on purpose.
