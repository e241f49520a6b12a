//! The whole job on the sandbox.

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_proves_every_sync() {
    let folder = tempfile::tempdir().unwrap();
    let on_step = |step: &str| eprintln!("step {step}");
    let demo = selaras_app::demo::run(folder.path(), 60, 10, &on_step, &|_| {}).await.unwrap();
    eprintln!("{}", serde_json::to_string_pretty(&demo).unwrap());
    assert_eq!(demo.certificates.iter().map(|proof| proof.differences.len()).collect::<Vec<_>>(), [0, 0, 0, 0]);
    let again = demo.steps.iter().find(|step| step.id == "items_again").unwrap();
    assert_eq!((again.counts["create"], again.counts["change"], again.counts["posted"]), (0, 0, 0));
}
