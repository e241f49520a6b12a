//! Whatever goes wrong, the books do not change twice, nothing is lost, and every row has a named state.

use crate::plans::{planned_items, variant};
use crate::stand_in::{DATABASE, Fault, StandInBooks, StandInJournal, StandInShop, making, until_decided};
use proptest::prelude::*;
use selaras_domain::forstok::Variant;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::Operation;
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_engine::apply::{RunEnd, apply, close};
use selaras_engine::kinds::Ports;
use selaras_engine::kinds::items::Items;
use selaras_engine::ports::{Books, Journal, JournalEntry};
use selaras_engine::progress::Silent;
use selaras_engine::prove::prove;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn run_id() -> RunId {
    RunId("run".into())
}

fn ports(books: &Arc<StandInBooks>) -> Ports {
    Ports { books: books.clone(), shop: Arc::new(StandInShop::default()) }
}

async fn execute(books: &Arc<StandInBooks>, journal: &StandInJournal) -> RunEnd {
    until_decided(async || once(books, journal).await).await
}

/// The same without waiting for what may still arrive.
async fn once(books: &Arc<StandInBooks>, journal: &StandInJournal) -> RunEnd {
    apply(&run_id(), &ports(books), &Items, journal, &Silent, &CancellationToken::new()).await.unwrap()
}

fn all_posted(count: u64) -> RunCounts {
    RunCounts { input: count, posted: count, held: 0, failed: 0, unknown: 0 }
}

fn set_up(count: usize, faults: &[Fault]) -> (Arc<StandInBooks>, StandInJournal, Vec<Operation>) {
    let operations = making(count);
    (Arc::new(StandInBooks::with_faults(faults)), StandInJournal::of(&run_id(), &operations), operations)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_and_not_repeated() {
    let (books, journal, _) = set_up(250, &[Fault::AnswerLost, Fault::None, Fault::AnswerLost]);
    assert_eq!(execute(&books, &journal).await.counts, all_posted(250));
    assert_eq!((*books.creations.lock().unwrap(), *books.calls.lock().unwrap()), (250, 3));
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_looked_up_and_sent_again() {
    let (books, journal, _) = set_up(150, &[Fault::RequestLost]);
    assert_eq!(execute(&books, &journal).await.counts, all_posted(150));
    assert_eq!(*books.calls.lock().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_never_taken_fails_after_three_sendings_and_each_of_their_times() {
    let (books, journal, _) = set_up(10, &[Fault::RequestLost; 3]);
    let counts = execute(&books, &journal).await.counts;
    assert_eq!(counts, RunCounts { input: 10, posted: 0, held: 0, failed: 10, unknown: 0 });
    assert_eq!(books.numbers(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_has_failed_is_in_the_next_plan_again_however_often() {
    let variants: Vec<Variant> = (0..10).map(|at| variant(at, &format!("SKU-{at:04}"), None, None)).collect();
    let books = Arc::new(StandInBooks::with_faults(&[Fault::RequestLost; 18]));
    for _ in 0..6 {
        let operations = planned_items(&variants, &books.items().await.unwrap());
        let journal = StandInJournal::of(&run_id(), &operations);
        let counts = execute(&books, &journal).await.counts;
        assert_eq!(counts, RunCounts { input: 10, posted: 0, held: 0, failed: 10, unknown: 0 });
        let failed = |entry: &JournalEntry| matches!(entry.state, OperationState::Failed { .. });
        assert!(journal.entries(&run_id()).unwrap().iter().all(failed));
    }
    let operations = planned_items(&variants, &books.items().await.unwrap());
    let journal = StandInJournal::of(&run_id(), &operations);
    assert_eq!(execute(&books, &journal).await.counts, all_posted(10));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_ended_pauses_the_run_and_marks_no_row_failed() {
    let (books, journal, _) = set_up(30, &[Fault::SignedOut]);
    let end = execute(&books, &journal).await;
    assert_eq!((end.state, end.pause.unwrap().code), (RunState::Paused, "sign_in_needed".into()));
    assert_eq!(end.counts, RunCounts { input: 30, posted: 0, held: 30, failed: 0, unknown: 0 });
    assert_eq!(execute(&books, &journal).await.counts, all_posted(30));
}

#[tokio::test(start_paused = true)]
async fn each_row_of_a_partial_bulk_has_its_own_state() {
    let (books, journal, _) = set_up(100, &[Fault::RowsRefused]);
    let counts = execute(&books, &journal).await.counts;
    assert_eq!(counts, RunCounts { input: 100, posted: 50, held: 0, failed: 50, unknown: 0 });
}

#[tokio::test(start_paused = true)]
async fn fewer_answers_than_rows_are_looked_up() {
    let (books, journal, _) = set_up(100, &[Fault::AnswersShort]);
    assert_eq!(execute(&books, &journal).await.counts, all_posted(100));
    assert_eq!(*books.calls.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_exists_is_adopted_when_equal_and_a_conflict_when_not() {
    let (books, journal, _) = set_up(3, &[]);
    books.put("SKU-0000", "Barang SKU-0000");
    books.put("SKU-0001", "Barang lain");
    let counts = execute(&books, &journal).await.counts;
    assert_eq!(counts, RunCounts { input: 3, posted: 2, held: 0, failed: 1, unknown: 0 });
    assert_eq!(*books.creations.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn applying_twice_sends_nothing_the_second_time() {
    let (books, journal, _) = set_up(120, &[]);
    execute(&books, &journal).await;
    let calls = *books.calls.lock().unwrap();
    assert_eq!(execute(&books, &journal).await.counts, all_posted(120));
    assert_eq!(*books.calls.lock().unwrap(), calls);
}

#[tokio::test(start_paused = true)]
async fn who_watches_sees_rows_end_and_none_that_only_waits() {
    let (books, journal, _) = set_up(250, &[Fault::None, Fault::AnswerLost]);
    let seen = std::sync::Mutex::new(Vec::new());
    let watch = |progress: selaras_engine::progress::Progress| {
        if let Some(counts) = progress.counts {
            seen.lock().unwrap().push((progress.phase, counts.posted, counts.held, counts.unknown));
        }
    };
    apply(&run_id(), &ports(&books), &Items, &journal, &watch, &CancellationToken::new()).await.unwrap();
    let row = |phase: &str, posted, unknown| (phase.to_owned(), posted, 0, unknown);
    let mut seen = seen.into_inner().unwrap();
    // Three calls are under way at once, and end in any order.
    assert_eq!(seen.remove(0), row("sending", 0, 0));
    assert_eq!(seen.split_off(2), [row("sending", 150, 100), row("settling", 150, 100)]);
}

#[tokio::test(start_paused = true)]
async fn another_database_gets_no_write() {
    let mut operations = making(5);
    for operation in &mut operations {
        operation.target.database = DatabaseId(DATABASE.0 + 1);
    }
    let (books, journal) = (Arc::new(StandInBooks::default()), StandInJournal::of(&run_id(), &operations));
    let end = execute(&books, &journal).await;
    assert_eq!((end.state, end.pause.unwrap().code), (RunState::Paused, "wrong_database".into()));
    assert_eq!(*books.calls.lock().unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_closed_run_keeps_what_arrived_and_holds_the_rest() {
    let (books, journal, _) = set_up(2000, &[]);
    // Cut off while the first eight calls are under way: they have arrived, their answers have not.
    let cut = tokio::time::timeout(Duration::from_millis(150), execute(&books, &journal)).await;
    assert!(cut.is_err());
    let end = close(&run_id(), &ports(&books), &Items, &journal).await.unwrap();
    assert_eq!(end.counts, RunCounts { input: 2000, posted: 800, held: 1200, failed: 0, unknown: 0 });
    assert_eq!(*books.creations.lock().unwrap(), 800);
}

#[tokio::test(start_paused = true)]
async fn what_was_on_its_way_is_not_called_absent_before_its_time() {
    let (books, journal, _) = set_up(5, &[Fault::Late(9)]);
    let end = once(&books, &journal).await;
    assert_eq!((end.state, end.pause.unwrap().code), (RunState::Paused, "still_being_checked".into()));
    assert_eq!(end.counts, RunCounts { input: 5, posted: 0, held: 0, failed: 0, unknown: 5 });
    tokio::time::sleep(Duration::from_secs(9)).await;
    let end = once(&books, &journal).await;
    assert_eq!((end.state, end.counts), (RunState::Finished, all_posted(5)));
    assert_eq!((*books.creations.lock().unwrap(), *books.calls.lock().unwrap()), (5, 1), "and it is sent once");
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_closed_over_what_may_still_arrive() {
    let (books, journal, _) = set_up(250, &[Fault::None, Fault::Late(30), Fault::SignedOut]);
    assert_eq!(once(&books, &journal).await.state, RunState::Paused);
    let end = close(&run_id(), &ports(&books), &Items, &journal).await.unwrap();
    assert_eq!((end.state, end.counts.unknown), (RunState::Paused, 100));
    tokio::time::sleep(Duration::from_secs(30)).await;
    let end = close(&run_id(), &ports(&books), &Items, &journal).await.unwrap();
    assert_eq!(end.state, RunState::Finished);
    assert_eq!(end.counts, RunCounts { input: 250, posted: 200, held: 50, failed: 0, unknown: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_text_that_the_service_cut_is_posted_whether_its_answer_came_or_not() {
    for fault in [Fault::None, Fault::AnswerLost] {
        let (books, journal, _) = set_up(2, &[fault]);
        books.cuts_names_to(5);
        assert_eq!(execute(&books, &journal).await.counts, all_posted(2), "{fault:?}");
        let proof = prove(&ports(&books), &Items, &journal.entries(&run_id()).unwrap()).await.unwrap();
        assert_eq!((proof.checked, proof.differences.len()), (2, 2), "{fault:?}: told as a difference");
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        Just(Fault::AnswerLost),
        Just(Fault::RequestLost),
        Just(Fault::Offline),
        Just(Fault::SignedOut),
        Just(Fault::AnswersShort),
        (1_u64..150).prop_map(Fault::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any faults, killed at any times, started again until it ends: every item once, and the proof agrees.
    #[test]
    fn killed_anywhere_every_item_is_there_once(
        count in 1_usize..700,
        faults in proptest::collection::vec(fault(), 0..12),
        kills in proptest::collection::vec(1_u64..1500, 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (books, journal, operations) = set_up(count, &faults);
            for after in kills {
                let _ = tokio::time::timeout(Duration::from_millis(after), execute(&books, &journal)).await;
            }
            let mut end = execute(&books, &journal).await;
            for _ in 0..20 {
                if end.state == RunState::Finished {
                    break;
                }
                end = execute(&books, &journal).await;
            }
            prop_assert_eq!(end.state, RunState::Finished);
            prop_assert!(end.counts.conserved());
            prop_assert_eq!(end.counts.unknown, 0);
            let posted = usize::try_from(end.counts.posted).unwrap();
            prop_assert_eq!(*books.creations.lock().unwrap(), end.counts.posted, "a row was made twice, or made and not known");
            prop_assert_eq!(books.numbers().len(), posted);
            let proof = prove(&ports(&books), &Items, &journal.entries(&run_id()).unwrap()).await.unwrap();
            prop_assert_eq!((proof.checked, proof.differences.len()), (end.counts.posted, 0));
            prop_assert!(posted == count || faults.iter().filter(|fault| **fault == Fault::RequestLost).count() >= 3);
            prop_assert!(operations.len() == count);
            Ok(())
        })?;
    }
}
