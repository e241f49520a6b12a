//! The border between the window and the program: every command with a success and an error, on Tauri's mock runtime with the real
//! access list; the generated TypeScript; the window's policy.

mod bindings;
mod policy;
