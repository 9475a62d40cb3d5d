//! A short soak, with a seed that is always the same.

use std::{ops::ControlFlow, time::Duration};

use clerk_soak::{Report, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_random_faults_work_is_survived_or_reported_and_nothing_is_lost() {
    let soaking = run(7, Duration::from_secs(5), |_| ControlFlow::Continue(()));
    let report = tokio::time::timeout(Duration::from_secs(120), soaking).await.expect("it ends").unwrap();
    assert_eq!(report.lost(), 0, "{report}");
    for kind in Report::kinds() {
        assert!(report.survived(kind) > 0, "{kind} were never done\n{report}");
    }
}

#[test]
fn a_seed_is_read_as_it_was_printed() {
    assert_eq!(clerk_soak::read_seed("00000000000000ff").unwrap(), 255);
    assert!(clerk_soak::read_seed("seven").unwrap_err().to_string().contains("no seed"));
}
