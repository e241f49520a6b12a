//! Secrets stay where they belong (trust.md #19, #20).

use crate::desk::{first_database, shop};
use selaras_sandbox::SandboxOptions;
use std::path::Path;

fn files(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_and_no_stream_holds_a_secret() {
    let (sandbox, desk) = shop(SandboxOptions { items: 30, ..SandboxOptions::default() }).await;
    let mut said = vec![desk.run(&format!("connect forstok --email {}", desk.email)).await.ends(0)];
    said.push(desk.connect_accurate().await.ends(0));
    for line in ["databases", &format!("use-database {}", first_database(sandbox.connection())), "check", "skus"] {
        said.push(desk.run(line).await);
    }
    desk.map().await;
    said.push(desk.run("sync items --yes").await);

    let mut places: Vec<(String, Vec<u8>)> = said
        .into_iter()
        .flat_map(|said| [said.stdout, said.stderr])
        .map(|text| ("a stream".into(), text.into()))
        .collect();
    files(&desk.folder.path().join("data"), &mut places);
    assert!(places.iter().any(|(path, _)| path.contains("logs")), "there is a log");
    assert!(places.iter().any(|(path, _)| path.ends_with("vault.age")), "there is a vault");
    let secrets = ["SELARAS_ACCURATE_CLIENT_SECRET", "SELARAS_FORSTOK_SECRET_KEY", "SELARAS_PASSPHRASE"];
    for (path, bytes) in &places {
        for secret in secrets {
            let value = desk.variables[secret].as_bytes();
            assert!(!bytes.windows(value.len()).any(|window| window == value), "{path} holds {secret}");
        }
        let text = String::from_utf8_lossy(bytes);
        for word in ["refresh_token\":\"", "access_token\":\"", "Bearer ", "code="] {
            assert!(!text.contains(word) || path == "a stream", "{path} holds {word}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_or_missing_passphrase_is_four_and_loses_nothing() {
    let (sandbox, mut desk) = shop(SandboxOptions { items: 30, ..SandboxOptions::default() }).await;
    desk.connect(first_database(sandbox.connection())).await;
    let passphrase = desk.variables.insert("SELARAS_PASSPHRASE".into(), "another".into()).unwrap();
    assert_eq!(desk.run("databases").await.ends(4).error(), "passphrase_needed");
    desk.variables.remove("SELARAS_PASSPHRASE");
    assert_eq!(desk.run("databases").await.ends(4).error(), "passphrase_needed");
    desk.variables.insert("SELARAS_PASSPHRASE".into(), passphrase);
    desk.answer("databases", 0).await;
}

/// This machine may have a key store or not; without one the person is told of the vault and of memory, and no plain file appears.
#[tokio::test(flavor = "multi_thread")]
async fn no_key_store_is_said_with_the_ways_out() {
    let (_sandbox, mut desk) = shop(SandboxOptions { items: 30, ..SandboxOptions::default() }).await;
    desk.variables.remove("SELARAS_SECRETS");
    // Where no session bus can be reached there is no Secret Service.
    desk.variables.insert("DBUS_SESSION_BUS_ADDRESS".into(), "unix:path=/nowhere".into());
    if !cfg!(target_os = "linux") {
        return;
    }
    let said = desk.run(&format!("connect forstok --email {}", desk.email)).await.ends(1);
    assert_eq!(said.error(), "secrets_unavailable");
    let message = said.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("SELARAS_SECRETS=file") && message.contains("SELARAS_SECRETS=memory"), "{message}");
}
