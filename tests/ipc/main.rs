//! The border between the window and the program: every command with a success and an error, on Tauri's mock runtime with the real
//! access list; the generated TypeScript; the window's policy.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its ground gives way")]

mod background;
mod bindings;
#[path = "../e2e/browser.rs"]
mod browser;
mod files;
mod policy;
mod steps;
mod window;
