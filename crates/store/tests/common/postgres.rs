//! A PostgreSQL of the test's own: made, started and stopped by it, reached by a socket in its folder only.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const BIN: &str = "/usr/lib/postgresql/15/bin";

pub struct Server {
    process: Option<Child>,
    folder: tempfile::TempDir,
    user: Option<(u32, u32)>,
    databases: AtomicU32,
}

/// The server refuses to run as root: then another user runs it.
fn other_user() -> Option<(u32, u32)> {
    let number = |of: &str, name: &str| -> Option<u32> {
        let out = Command::new("id").args([of, name]).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    let me = Command::new("id").arg("-u").output().expect("id");
    if me.stdout.trim_ascii() != b"0" {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| Some((number("-u", name)?, number("-g", name)?)))
}

impl Server {
    /// `None`, with a plain word, where PostgreSQL 15 is not installed; a failure when `CI=1`.
    pub fn start() -> Option<Self> {
        if !Path::new(BIN).join("initdb").exists() {
            let said = format!("PostgreSQL is NOT tested: {BIN} is not there");
            assert!(std::env::var_os("CI").is_none_or(|v| v != "1"), "{said}");
            eprintln!("{said}");
            return None;
        }
        let user = other_user();
        let folder = tempfile::tempdir().expect("a folder");
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("a folder of that user");
        }
        let mut server = Self { process: None, folder, user, databases: AtomicU32::new(0) };
        let data = server.data();
        let made =
            server.command("initdb").arg("-D").arg(&data).args(["-U", "shangzhi", "-A", "trust", "--no-sync"]).output();
        let made = made.expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.run();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let program = Path::new(BIN).join(name);
        let mut command = match self.user {
            Some((uid, gid)) => {
                let mut c = Command::new("setpriv");
                c.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()]).arg(program);
                c
            }
            None => Command::new(program),
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Starts the server and waits until it answers.
    pub fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let (data, folder) = (self.data(), self.folder.path().to_owned());
        let mut command = self.command("postgres");
        command.arg("-D").arg(data).arg("-k").arg(&folder).args([
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=60",
        ]);
        self.process = Some(command.stderr(log).spawn().expect("postgres starts"));
        let begun = Instant::now();
        loop {
            let asked = self.command("pg_isready").arg("-h").arg(&folder).status().expect("pg_isready runs");
            if asked.success() {
                return;
            }
            let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "postgres does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Stops the server: `SIGINT` in order, `SIGQUIT` at once, as after a loss of power but for the disk.
    pub fn stop(&mut self, signal: i32) {
        if let Some(mut process) = self.process.take() {
            // SAFETY: the process is our child and has not been waited for.
            unsafe { libc::kill(process.id().cast_signed(), signal) };
            process.wait().expect("postgres ends");
        }
    }

    /// Address of a new database.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self.command("createdb").arg("-h").arg(self.folder.path()).args(["-U", "shangzhi", &name]).output();
        let made = made.expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://shangzhi@localhost/{name}?host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(libc::SIGINT);
    }
}
