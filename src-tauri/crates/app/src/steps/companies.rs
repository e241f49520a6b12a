//! Several companies on one computer: what a new one may be called, and going from one to another. Each has its own connections,
//! mapping, history and certificates; only the choices of the window are shared.

use crate::desk::{Desk, DeskConfig};
use crate::error::{AppError, AppResult};

/// The setting that holds the company which the window showed last: it belongs to the computer, not to a company.
pub(crate) const LAST_COMPANY: &str = "company";

/// Longest name of a company, in characters: it stands in the band.
const LONGEST_NAME: usize = 60;

/// Whether a new company may have this name. A `/` parts the company from the secret in the names of its secrets.
pub(crate) fn check_name(name: &str) -> AppResult<()> {
    let fits = !name.is_empty()
        && name == name.trim()
        && name.chars().count() <= LONGEST_NAME
        && !name.contains(|letter: char| letter == '/' || letter.is_control());
    if fits { Ok(()) } else { Err(AppError::input("company", name).with("longest", LONGEST_NAME)) }
}

impl Desk {
    /// Another company of the same data folder, which is made when it is not there; the window opens with it from now on. What this
    /// desk has under way goes on, on its own company.
    ///
    /// # Errors
    /// `invalid_input` where a new company cannot have this name, or when the local store fails.
    pub async fn open_company(&self, name: &str) -> AppResult<Self> {
        let config = DeskConfig { company: name.to_owned(), ..self.inner.config.clone() };
        let desk = Self::on_company(self.inner.store.clone(), self.inner.secrets.clone(), config)?;
        desk.inner.store.set_setting(LAST_COMPANY, name)?;
        Ok(desk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::SecretsMode;
    use crate::environment::Environment;
    use std::path::Path;

    fn config(folder: &Path) -> DeskConfig {
        let services = Environment::read(|_| None, || None).unwrap();
        DeskConfig { secrets: SecretsMode::Memory, ..services.desk(folder, "default") }
    }

    #[tokio::test]
    async fn the_window_comes_back_to_the_company_opened_last_and_the_command_line_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_last(config(folder.path())).unwrap();
        assert_eq!(desk.config().company, "default");
        desk.set_existing_user(true).await.unwrap();
        let other = desk.open_company("Toko Kedua").await.unwrap();
        let view = other.app_view(false).await.unwrap();
        assert_eq!((view.company.name.as_str(), view.company.existing_user), ("Toko Kedua", None));
        assert_eq!(view.companies, ["default", "Toko Kedua"]);
        assert_eq!(view.settings.get(LAST_COMPANY), None);
        assert_eq!(Desk::open_last(config(folder.path())).unwrap().config().company, "Toko Kedua");
        assert_eq!(Desk::open(config(folder.path())).unwrap().config().company, "default");
    }

    #[tokio::test]
    async fn a_name_that_cannot_stand_in_the_band_makes_no_company() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(config(folder.path())).unwrap();
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in ["", " ", " Toko", "Toko\n", "toko/accurate", long.as_str()] {
            let error = desk.open_company(name).await.err().unwrap();
            assert_eq!(error, AppError::input("company", name).with("longest", LONGEST_NAME), "{name:?}");
        }
        assert_eq!(desk.app_view(false).await.unwrap().companies, ["default"]);
        assert_eq!(Desk::open_last(config(folder.path())).unwrap().config().company, "default");
    }
}
