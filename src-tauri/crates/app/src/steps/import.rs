//! temporarily waiting for the reader of files
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{ImportInput, ImportView};
pub(crate) const COUNT_PART: &str = "imported_count";
impl Desk {
    /// Reads a file.
    ///
    /// # Errors
    /// Always, for now.
    pub async fn import_file(&self, _input: &ImportInput) -> AppResult<ImportView> { Err(AppError::new(ErrorCode::Internal)) }
}
