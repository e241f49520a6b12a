//! Lists that say less than they said. Absent is a claim (design rule 14): a list that lacks what it had is read once more; what is still
//! lacking is asked for by itself; and what cannot be settled so stays as it was last known, and is said to be so.

use futures::{StreamExt, TryStreamExt, stream};
use selaras_domain::unread::Listed;
use selaras_engine::ports::PortError;
use std::collections::BTreeSet;
use std::future::Future;

/// How many records are asked for one by one in one reading; at the pace of the services this is some seconds.
const ASKED: usize = 60;

/// Records that are asked for at once; the clients' limiters hold the speed.
const AT_ONCE: usize = 8;

/// What a service says of a record that its list lacks.
pub(crate) enum Asked<T> {
    /// It is there.
    There(T),
    /// It is there and cannot be read, or cannot be asked for.
    NotTold,
    /// It is gone.
    Gone,
}

/// What an answer about a single record says.
pub(crate) fn asked<T>(answer: Result<Option<T>, PortError>) -> Result<Asked<T>, PortError> {
    match answer {
        Ok(Some(record)) => Ok(Asked::There(record)),
        Ok(None) => Ok(Asked::Gone),
        Err(PortError::Unreadable { .. } | PortError::NotOffered { .. } | PortError::Forbidden { .. }) => {
            Ok(Asked::NotTold)
        }
        Err(error) => Err(error),
    }
}

/// A list as it stands after it was asked about, and how many of its rows are as they were last known.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    pub(crate) list: Listed<T>,
    pub(crate) carried: usize,
}

/// How single records are asked for.
pub(crate) enum Ask<Q> {
    /// By a call of its own.
    Apart(Q),
    /// By the same list with a filter: where that list says nothing at all, it says nothing of one record either.
    SameList(Q),
    /// There is no such call.
    Never,
}

/// Settles a list against what it said before. `known_by` tells rows apart; `again` reads the list once more; `ask` asks for one record.
pub(crate) async fn settled<T, K, A, AF, Q, QF>(
    before: Vec<T>,
    now: Listed<T>,
    known_by: impl Fn(&T) -> K,
    again: A,
    ask: Ask<Q>,
) -> Result<Settled<T>, PortError>
where
    T: Clone,
    K: Ord,
    A: FnOnce() -> AF,
    AF: Future<Output = Result<Listed<T>, PortError>>,
    Q: Fn(T) -> QF,
    QF: Future<Output = Result<Asked<T>, PortError>>,
{
    let lacking = |list: &Listed<T>| -> Vec<T> {
        let there: BTreeSet<K> = list.iter().map(&known_by).collect();
        let mut seen = BTreeSet::new();
        let lacks = |row: &&T| !there.contains(&known_by(row)) && seen.insert(known_by(row));
        before.iter().filter(lacks).cloned().collect()
    };
    if lacking(&now).is_empty() {
        return Ok(Settled { list: now, carried: 0 });
    }
    let mut list = again().await?;
    // What the first reading had is there, too.
    let there: BTreeSet<K> = list.iter().map(&known_by).collect();
    let missed: Vec<T> = now.rows.into_iter().filter(|row| !there.contains(&known_by(row))).collect();
    list.rows.extend(missed);
    let mut open = lacking(&list);
    // A row that cannot be read may be any of them; those are told by themselves.
    let rest = open.split_off(open.len().min(ASKED));
    let ask = match ask {
        Ask::SameList(_) if list.is_empty() => None,
        Ask::Apart(ask) | Ask::SameList(ask) => Some(ask),
        Ask::Never => None,
    };
    let answers: Vec<(T, Asked<T>)> = match ask {
        None => open.into_iter().map(|row| (row, Asked::NotTold)).collect(),
        Some(ask) => {
            let asks: Vec<_> = open
                .into_iter()
                .map(|row| {
                    let answer = ask(row.clone());
                    async move { Ok::<_, PortError>((row, answer.await?)) }
                })
                .collect();
            stream::iter(asks).buffered(AT_ONCE).try_collect().await?
        }
    };
    // Where each of so many that were asked for is gone, the list is right about the others, too.
    let all_gone = !answers.is_empty() && answers.iter().all(|(_, answer)| matches!(answer, Asked::Gone));
    let mut carried = 0;
    for (before, answer) in answers {
        match answer {
            Asked::There(row) => list.rows.push(row),
            Asked::Gone => {}
            Asked::NotTold => {
                carried += 1;
                list.rows.push(before);
            }
        }
    }
    if !all_gone {
        carried += rest.len();
        list.rows.extend(rest);
    }
    Ok(Settled { list, carried })
}

/// The type of a question that cannot be asked.
pub(crate) type NoQuestion<T> = fn(T) -> std::future::Ready<Result<Asked<T>, PortError>>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// What is listed first, then again, and which of the lacking are there when they are asked for.
    async fn after(before: &[i64], first: &[i64], second: &[i64], there: &[i64]) -> (Vec<i64>, usize, usize) {
        let questions = Mutex::new(0);
        let ask = |one: i64| {
            *questions.lock().unwrap() += 1;
            let answer = if there.contains(&one) { Asked::There(one) } else { Asked::Gone };
            std::future::ready(Ok(answer))
        };
        let again = || std::future::ready(Ok(Listed::from(second.to_vec())));
        let settled =
            settled(before.to_vec(), first.to_vec().into(), |one| *one, again, Ask::Apart(ask)).await.unwrap();
        let mut rows = settled.list.rows;
        rows.sort_unstable();
        let asked = *questions.lock().unwrap();
        (rows, settled.carried, asked)
    }

    #[tokio::test]
    async fn a_list_that_says_less_is_read_again_and_then_asked_about() {
        // Nothing lacks: nothing is asked.
        assert_eq!(after(&[1, 2], &[1, 2, 3], &[], &[]).await, (vec![1, 2, 3], 0, 0));
        // The second reading has them.
        assert_eq!(after(&[1, 2, 3], &[], &[1, 2, 3], &[]).await, (vec![1, 2, 3], 0, 0));
        // Both lack two: one is there, one is gone.
        assert_eq!(after(&[1, 2, 3], &[1], &[1], &[2]).await, (vec![1, 2], 0, 2));
    }

    #[tokio::test]
    async fn what_cannot_be_settled_stays_as_it_was() {
        let many: Vec<i64> = (0..1000).collect();
        // One of those that are asked for is there, so an empty list is not believed about the others.
        let (rows, carried, asked) = after(&many, &[], &[], &[0]).await;
        assert_eq!((rows.len(), carried, asked), (1000 - ASKED + 1, 1000 - ASKED, ASKED));
        // All of them are gone: so are the others.
        let (rows, carried, _) = after(&many, &[], &[], &[]).await;
        assert_eq!((rows.len(), carried), (0, 0));
        let again = || std::future::ready(Ok(Listed::default()));
        let ask: Ask<NoQuestion<i64>> = Ask::Never;
        let settled = settled(vec![7], Listed::default(), |one| *one, again, ask).await.unwrap();
        assert_eq!((settled.list.rows, settled.carried), (vec![7], 1));
        // A list that says nothing is no witness of its own silence.
        let again = || std::future::ready(Ok(Listed::default()));
        let gone = Ask::SameList(|_: i64| std::future::ready(Ok(Asked::Gone)));
        let settled = super::settled(vec![7], Listed::default(), |one| *one, again, gone).await.unwrap();
        assert_eq!((settled.list.rows, settled.carried), (vec![7], 1));
    }
}
