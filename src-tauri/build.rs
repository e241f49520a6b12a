//! Build hook of the app.
fn main() { tauri_build::build() }
