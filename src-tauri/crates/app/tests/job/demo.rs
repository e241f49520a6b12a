//! The whole job on the sandbox.

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_proves_every_sync() {
    let folder = tempfile::tempdir().unwrap();
    let demo = selaras_app::demo::run(folder.path(), 60, 20, &|_| {}, &|_| {}).await.unwrap();
    assert_eq!(demo.certificates.iter().map(|proof| proof.differences.len()).collect::<Vec<_>>(), [0; 6]);
    let states: Vec<_> = demo.steps.iter().map(|step| (step.id.as_str(), step.state.as_str())).collect();
    assert!(states.iter().all(|(_, state)| *state == "done"), "{states:?}");
    let counts = |id: &str| demo.steps.iter().find(|step| step.id == id).unwrap().counts.clone();
    for id in ["items", "opening_stock", "stock", "invoices", "receipts"] {
        let counts = counts(id);
        assert!(counts["posted"] > 0, "{id} sent nothing");
        assert_eq!(counts["in"], counts["posted"] + counts["held"] + counts["failed"] + counts["unknown"], "{id}");
        assert_eq!((counts["failed"], counts["unknown"]), (0, 0), "{id}");
    }
    let again = counts("items_again");
    assert_eq!((again["create"], again["change"], again["posted"]), (0, 0, 0));
    assert_eq!(counts("switch_database")["mapping_kept"], 1);
}
