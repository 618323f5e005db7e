//! Decisions of the fleet, with lines that are only numbers.
