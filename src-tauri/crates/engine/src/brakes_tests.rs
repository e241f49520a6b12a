//! Every expected figure here was worked out by hand.

use super::*;

const LIMITS: Limits = Limits { rise: 20, fall: 20, changes: 200 };

/// A figure that runs have gone over before.
fn known(before: i64, after: i64) -> Figure {
    let action = if before == after { Action::Same } else { Action::Change };
    Figure { action, before: Some(before.into()), after: after.into(), first: false }
}

fn first(before: i64, after: i64) -> Figure {
    Figure { first: true, ..known(before, after) }
}

fn moves(figures: &[Figure]) -> Moves {
    let mut moves = Moves::default();
    for figure in figures {
        moves.take(figure);
    }
    moves
}

fn told(moves: &Moves, limits: &Limits) -> Vec<String> {
    let text = |met: Met| {
        let emptied = met.emptied.map(|(emptied, places)| format!(", {emptied}/{places}")).unwrap_or_default();
        format!("{} {} > {}{emptied}", met.brake.name(), met.value, met.limit)
    };
    met(moves, limits).into_iter().map(text).collect()
}

#[test]
fn a_share_is_of_all_that_the_shop_shows_and_not_of_what_changes() {
    // 10 of 100 are sold out: of that row it is everything.
    let mut shop = vec![known(10, 10); 9];
    shop.push(known(10, 0));
    assert_eq!(told(&moves(&shop), &LIMITS), [""; 0], "10 % of the units, 1 of 10 places");
}

#[test]
fn a_limit_itself_is_not_beyond_it() {
    // 20 of 100 more, 20 of 100 less.
    assert_eq!(told(&moves(&[known(50, 70), known(50, 50)]), &LIMITS), [""; 0]);
    assert_eq!(told(&moves(&[known(50, 71), known(50, 50)]), &LIMITS), ["rise 21 > 20"]);
    assert_eq!(told(&moves(&[known(50, 30), known(50, 50)]), &LIMITS), [""; 0]);
    assert_eq!(told(&moves(&[known(50, 29), known(50, 50)]), &LIMITS), ["fall 21 > 20, 0/2"]);
    // 2,001 of 10,000 is 20.01 %: it is never told as the limit that it is beyond.
    assert_eq!(told(&moves(&[known(10_000, 12_001)]), &LIMITS), ["rise 20.1 > 20"]);
}

#[test]
fn what_falls_does_not_hide_what_rises() {
    // Two lists in the wrong order: 130 stay 130 in sum, 50 go up and 50 down; 50 / 130 is 38.46 %.
    assert_eq!(
        told(&moves(&[known(40, 60), known(60, 40), known(0, 30), known(30, 0)]), &LIMITS),
        ["rise 38.5 > 20", "fall 38.5 > 20, 1/3"]
    );
}

#[test]
fn many_small_places_that_go_to_nothing_are_a_fall_whatever_the_sum() {
    // One of 10,000 and ninety of 1: all ninety are 0.9 % of the units, and 98.9 % of the places.
    let mut shop = vec![known(1, 0); 90];
    shop.push(known(10_000, 10_000));
    assert_eq!(told(&moves(&shop), &LIMITS), ["fall 99 > 20, 90/91"]);
}

#[test]
fn from_nothing_every_rise_is_one() {
    assert_eq!(told(&moves(&[known(0, 11), known(0, 0)]), &Limits { rise: 1000, ..LIMITS }), ["rise 1100 > 1000"]);
    assert_eq!(told(&moves(&[known(-3, 1)]), &LIMITS), ["rise 400 > 20"], "less than nothing shows nothing");
}

#[test]
fn the_first_figure_of_a_place_is_no_change_and_no_rise_but_emptying_it_is_a_fall() {
    let mut filled = vec![first(20, 40); 300];
    filled.extend(vec![first(0, 12); 300]);
    filled.extend(vec![first(28, 5); 300]);
    assert_eq!(told(&moves(&filled), &LIMITS), [""; 0]);
    let mut created = vec![Figure { action: Action::Create, before: None, after: 9.into(), first: true }; 300];
    created.push(known(10, 10));
    assert_eq!(told(&moves(&created), &LIMITS), [""; 0]);
    // A few places that a person sees in the plan are none; eleven times 28 → 0 of 44 places are 308 of 440 units.
    let of = |emptied: usize| [vec![first(28, 0); emptied], vec![first(4, 4); 33]].concat();
    assert_eq!(told(&moves(&of(10)), &LIMITS), [""; 0]);
    assert_eq!(told(&moves(&of(11)), &LIMITS), ["fall 70 > 20, 11/44"]);
}

#[test]
fn a_list_that_came_empty_is_a_fall_of_everything() {
    assert_eq!(told(&moves(&vec![known(13, 0); 250]), &LIMITS), ["fall 100 > 20, 250/250", "changes 250 > 200"]);
    let mut a_new_place = vec![known(13, 0); 2];
    a_new_place.push(first(13, 0));
    assert_eq!(told(&moves(&a_new_place), &LIMITS), ["fall 66.7 > 20, 2/3"]);
}

#[test]
fn held_figures_are_neither_moved_nor_on_the_shelf_that_is_measured() {
    let held = Figure { action: Action::Blocked, ..known(1000, 0) };
    assert_eq!(told(&moves(&[held, known(10, 13)]), &LIMITS), ["rise 30 > 20"]);
}

#[test]
fn of_records_what_is_changed_or_removed_counts_and_what_is_made_new_does_not() {
    let counts = |create, change, remove| PlanCounts { create, change, remove, same: 5, blocked: 900 };
    assert_eq!(told(&Moves::of_records(&counts(10_000, 150, 50)), &LIMITS), [""; 0]);
    assert_eq!(told(&Moves::of_records(&counts(0, 150, 51)), &LIMITS), ["changes 201 > 200"]);
}

#[test]
fn an_undo_is_measured_by_the_shelf_that_its_run_has_left_and_falls_by_nothing() {
    // The run left 60 + 20 + 20 and one held; 20 goes back to 45: 25 of 100.
    let left =
        [known(60, 60), known(45, 20), Figure { action: Action::Create, before: None, after: 20.into(), first: true }];
    let mut back = Moves::default();
    for figure in left.iter().chain([&Figure { action: Action::Blocked, ..known(900, 900) }]) {
        back.take_shelf(figure);
    }
    let mut falling = back;
    back.take_back(&known(20, 45));
    assert_eq!(told(&back, &LIMITS), ["rise 25 > 20"]);
    falling.take_back(&known(20, 0));
    assert_eq!(told(&falling, &LIMITS), [""; 0]);
}

#[test]
fn figures_beyond_any_bound_are_measured_and_do_not_end_the_program() {
    let most = Decimal::from(i64::MAX) / Decimal::from(10_000);
    let huge = Figure { action: Action::Change, before: Some(most), after: -most, first: false };
    let rising = Figure { before: Some(-most), after: most, ..huge };
    let all: Vec<Figure> = [huge, rising].into_iter().cycle().take(300_000).collect();
    assert_eq!(met(&moves(&all), &LIMITS).len(), 3);
}

#[test]
fn a_brake_has_one_name_and_a_limit_within_bounds() {
    assert_eq!(Brake::ALL.map(|brake| Brake::named(brake.name())), Brake::ALL.map(Some));
    assert_eq!(Brake::named("Rise"), None);
    let mut limits = Limits::default();
    assert!(!limits.set(Brake::Fall, 101) && !limits.set(Brake::Changes, 0) && limits.set(Brake::Rise, 1000));
    assert_eq!(limits, Limits { rise: 1000, fall: 20, changes: 200 });
}
