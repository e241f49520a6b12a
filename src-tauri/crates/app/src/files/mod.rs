//! Files: for people, what they look like, each to any writer, as where it goes is its caller's business; and those of the program itself,
//! whole or not at all.

pub(crate) mod certificate;
pub(crate) mod chain;
pub(crate) mod fresh;
pub(crate) mod month_end;
pub(crate) mod operations;

pub use selaras_store::durable;
