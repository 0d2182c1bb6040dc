//! What the three apps share.
