//! Sổ Hộ: the rules, the model, the merge and the tallies. Pure.
#![forbid(unsafe_code)]
