//! A desk on a made-up shop.

use selaras_app::demo::{credentials, desk_config};
use selaras_app::desk::Desk;
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::error::Error;

/// A desk that is connected to a sandbox of this size, with the first usable database chosen. The folder lives as long as the desk.
pub async fn connected(options: SandboxOptions) -> Result<(Desk, Sandbox, tempfile::TempDir), Box<dyn Error>> {
    let sandbox = Sandbox::start(options).await?;
    let folder = tempfile::tempdir()?;
    let connection = sandbox.connection();
    let desk = Desk::open(desk_config(folder.path().to_path_buf(), connection))?;
    let given = credentials(connection);
    desk.connect_forstok(&given.forstok_email, given.forstok_secret_key.into()).await?;
    let (token, secret) = (connection.api_token.clone(), connection.signature_secret.clone());
    desk.connect_accurate_api_token(token.into(), secret.into()).await?;
    let databases = desk.databases().await?.databases;
    let first = databases.iter().find(|database| database.usable).ok_or("no usable database")?;
    desk.use_database(first.id.0).await?;
    Ok((desk, sandbox, folder))
}
