//! Disks that take no more: calls fail with a status that says so and nothing of the database, what was answered stays,
//! and the server goes on when there is room: at once where the disk was full, anew where the file is in doubt.

use crate::after::{Known, ask_again};
use crate::bank::{Answered, Bank};
use crate::common::Place;
use crate::place::{Running, client, ready, request, store};
use api::client::{Client, Retry};
use api::rating::v1::{ErrorReason, GetRatingRequest, get_rating_request::Which};
use api::status::error_info;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::time::{Duration, Instant};
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// The program, as the last command of a shell's.
fn by_shell(command: &mut Command, script: &str) {
    let script = format!("{script} && exec \"$0\" serve --config shangzhi.toml");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_shangzhi")]);
}

async fn bank_at(place: &Place, running: &Running) -> Client {
    let bank = client(&place.path("."), running.port, "bank-a").await;
    bank.with_retry(Retry { tries: 1, ..Retry::default() })
}

/// UNAVAILABLE, to be tried again, in words that are the service's own.
fn says_unavailable(status: &Status) {
    let info = error_info(status);
    assert_eq!((status.code(), info.known_reason()), (Code::Unavailable, ErrorReason::Unavailable), "{status:?}");
    assert!(info.retry_after.is_some(), "{status:?}");
    assert_eq!(status.message(), "the store cannot be written: nothing was acknowledged");
}

/// Neither a rating nor a look at an old one leaves without its line.
async fn refuses(bank: &Client, id: &str, earlier: &Answered) {
    says_unavailable(&bank.call(request(id)).await.expect_err("no room for a rating"));
    let look = GetRatingRequest { which: Some(Which::RatingId(earlier.rating_id.clone())) };
    says_unavailable(&bank.call(look).await.expect_err("no room for a line"));
}

async fn readiness(bank: &Client) -> ServingStatus {
    let service = "shangzhi.rating.v1.RatingService".to_owned();
    let answer = HealthClient::new(bank.channel()).check(HealthCheckRequest { service }).await;
    answer.expect("an answer").into_inner().status()
}

/// How to run a shell with mounts of its own; `None`, with a plain word, where that is not allowed; a failure when `CI=1`.
fn with_mounts() -> Option<Command> {
    // As root without a user of its own; else as the root of one.
    [&["--mount"][..], &["--user", "--map-root-user", "--mount"]]
        .into_iter()
        .find(|how| {
            let tried = Command::new("unshare").args(*how).args(["mount", "-t", "tmpfs", "shangzhi", "/mnt"]).output();
            tried.is_ok_and(|o| o.status.success())
        })
        .map(|how| {
            let mut command = Command::new("unshare");
            command.args(how).arg("sh");
            command
        })
        .or_else(|| {
            let said = "a full disk is NOT tested under the program: unshare and mount are not allowed here";
            assert!(std::env::var_os("CI").is_none_or(|v| v != "1"), "{said}");
            eprintln!("{said}");
            None
        })
}

#[test]
fn a_full_disk_is_said_and_left_behind() {
    let Some(mut command) = with_mounts() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (place, ids) = ready(&runtime);
    place.write("ids", ids.join("\n"));
    let database = place.path("shangzhi.db");
    let mut known = runtime.block_on(async { Known::of(store(&place, &database).await).await });
    std::fs::create_dir(place.path("disk")).expect("a folder");
    place.write("shangzhi.toml", place.read("shangzhi.toml").replace("sqlite:shangzhi.db", "sqlite:disk/shangzhi.db"));
    let disk =
        "mount -t tmpfs -o size=16m shangzhi disk && cp shangzhi.db disk && head -c 11000000 /dev/zero >disk/ballast";
    by_shell(&mut command, disk);
    let running = Running::of(command, &place);
    // The disk is there for that process alone, and for who holds its folder.
    let there = format!("/proc/{}/root{}", running.id(), place.path("disk").display());
    let disk = std::fs::File::open(there).expect("the disk");
    let on_disk = |name: &str| format!("/proc/self/fd/{}/{name}", disk.as_raw_fd());

    // It ends when none of its calls and items is answered any more, each with UNAVAILABLE.
    let mut answered = Bank::start(&place, running.port).end();
    assert!(answered.len() > 50, "{}", answered.len());
    runtime.block_on(async {
        let bank = bank_at(&place, &running).await;
        // Where a group of ratings had no room, one alone may have it.
        let refused = loop {
            let request = request(&ids[0]);
            match bank.call(request.clone()).await {
                Ok(answer) => answered.push(Answered::of(&request.request_id, answer.rating.expect("a rating"))),
                Err(status) => break status,
            }
        };
        says_unavailable(&refused);
        // Only a write shows that there is room again: a server that is not asked would never find out.
        assert_eq!(readiness(&bank).await, ServingStatus::Serving);

        std::fs::remove_file(on_disk("ballast")).expect("room");
        ask_again(&bank, answered.clone(), "with room").await;
        bank.call(request(&ids[0])).await.expect("there is room");
    });
    assert_eq!(running.end(), Some(0));
    assert!(std::fs::metadata(on_disk("shangzhi.db-wal")).is_err(), "the log is folded in");
    for end in ["-wal", "-shm"] {
        // Of the database that lay there before: a log beside another file is no log of it.
        let _ = std::fs::remove_file(place.path(&format!("shangzhi.db{end}")));
    }
    std::fs::copy(on_disk("shangzhi.db"), &database).expect("copied");
    runtime.block_on(async { known.look_into(store(&place, &database).await, answered, "with room").await });
}

fn limit_file_size(running: &Running, bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a limit that outlives the call, of a process that is our child.
    let set = unsafe { libc::prlimit(running.id(), libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}

/// A write that fails for another reason than a full disk: what of it is on disk nobody knows.
#[test]
fn a_file_in_doubt_is_not_written_until_the_server_starts_anew() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (place, ids) = ready(&runtime);
    place.write("ids", ids.join("\n"));
    let database = place.path("shangzhi.db");
    let mut known = runtime.block_on(async { Known::of(store(&place, &database).await).await });
    let mut command = Command::new("sh");
    // A write beyond the limit is an error and not the end of the process.
    by_shell(&mut command, "trap '' XFSZ");
    let running = Running::of(command, &place);

    let mut bank = Bank::start(&place, running.port);
    bank.wait_for(50);
    let log = std::fs::metadata(place.path("shangzhi.db-wal")).expect("a log").len();
    limit_file_size(&running, log + 100_000);
    let answered = bank.end();
    runtime.block_on(async {
        let bank = bank_at(&place, &running).await;
        refuses(&bank, &ids[0], &answered[0]).await;
        let begun = Instant::now();
        while readiness(&bank).await != ServingStatus::NotServing {
            assert!(begun.elapsed() < Duration::from_secs(30), "it says that it is ready");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        limit_file_size(&running, libc::RLIM_INFINITY);
        refuses(&bank, &ids[0], &answered[0]).await;
    });
    assert_eq!(running.end(), Some(0));

    let running = Running::start(&place);
    runtime.block_on(async {
        let bank = bank_at(&place, &running).await;
        assert_eq!(readiness(&bank).await, ServingStatus::Serving);
        ask_again(&bank, answered.clone(), "started anew").await;
        bank.call(request(&ids[0])).await.expect("it takes more");
        known.look_into(store(&place, &database).await, answered, "started anew").await;
    });
}
