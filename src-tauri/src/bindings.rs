//! The steps as the window sees them: one list, from which come the IPC handler and `ui/src/lib/backend/bindings.ts`.

use crate::commands::{
    backups, company, connect, database, demo, files, home, inbox, mapping, money, plans, runs, settings, skus,
};
use specta_typescript::Typescript;
use std::path::Path;
use tauri::Runtime;
use tauri_specta::{Builder, collect_commands};

/// First lines of the generated file.
const HEADER: &str = "// Generated from the Rust commands by `cargo xtask bindings`; do not edit.\n";

/// All commands, with their types.
pub fn steps<R: Runtime>() -> Builder<R> {
    Builder::new()
        // One form of each type for both ways: what the window may leave out is optional, and an answer always has it.
        .disable_serde_phases()
        .commands(collect_commands![
            settings::app_view,
            settings::set_existing_user,
            settings::set_setting,
            company::open_company,
            backups::backups,
            backups::back_up,
            backups::restore,
            backups::open_backups,
            files::open_place,
            home::home,
            home::explain,
            demo::sandbox_connection,
            demo::start_sandbox,
            demo::leave_sandbox,
            connect::connect_forstok,
            connect::connect_accurate,
            connect::cancel_sign_in,
            connect::open_sign_in_again,
            connect::connect_accurate_api_token,
            connect::disconnect_accurate,
            database::databases,
            database::use_database,
            database::check,
            mapping::mapping,
            mapping::save_mapping,
            mapping::mapping_version,
            mapping::mapping_example,
            mapping::export_mapping,
            mapping::import_mapping,
            skus::skus,
            skus::sku_candidates,
            skus::resolve_skus,
            skus::accept_sure,
            skus::import_file,
            plans::plan,
            plans::plan_undo,
            plans::plan_head,
            plans::plan_operations,
            files::save_plan::<tauri::Wry>,
            plans::apply::<tauri::Wry>,
            plans::pause_run,
            plans::watch_run,
            plans::prove::<tauri::Wry>,
            runs::runs,
            runs::verify,
            runs::run,
            runs::run_rows,
            files::save_certificate::<tauri::Wry>,
            inbox::inbox,
            inbox::inbox_rows,
            inbox::inbox_retry::<tauri::Wry>,
            inbox::inbox_dismiss,
            inbox::decide_rows,
            money::order_sheet,
            money::reconciliation,
            money::shadow,
            money::month_end::<tauri::Wry>,
        ])
}

/// Writes the TypeScript side.
///
/// # Errors
/// When a type has no TypeScript form, or the file cannot be written.
pub fn write(path: &Path) -> Result<(), specta_typescript::Error> {
    steps::<tauri::Wry>().export(Typescript::default().header(HEADER), path)
}
