//! A short soak, with a seed that is always the same.

use std::{ops::ControlFlow, time::Duration};

use clerk_soak::{Report, run};

/// A machine that is busy with other things needs several episodes for some of everything.
const AT_MOST: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_random_faults_work_is_survived_or_reported_and_nothing_is_lost() {
    let all_was_done = |report: &Report| Report::kinds().all(|kind| report.survived(kind) > 0);
    let soaking = run(7, AT_MOST, |report| match all_was_done(report) || report.lost() > 0 {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    let report = tokio::time::timeout(AT_MOST * 2, soaking).await.expect("it ends").unwrap();
    assert_eq!(report.lost(), 0, "{report}");
    assert!(all_was_done(&report), "{report}");
}

#[test]
fn a_seed_is_read_as_it_was_printed() {
    assert_eq!(clerk_soak::read_seed("00000000000000ff").unwrap(), 255);
    assert!(clerk_soak::read_seed("seven").unwrap_err().to_string().contains("no seed"));
}
