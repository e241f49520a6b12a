//! Files for people: what they look like. Each writes to any writer; where it goes is its caller's business.

pub(crate) mod certificate;
pub(crate) mod fresh;
pub(crate) mod month_end;
pub(crate) mod operations;
