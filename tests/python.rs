//! A Python with the packages of a folder of scripts, for tests that run them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of scripts beside this file.
pub(crate) fn scripts(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

/// Whether a program can be run and ends well.
pub(crate) fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|out| out.status.success())
}

/// A Python with the `requirements.txt` of a folder of scripts, made once beside what is built; `None` where it can not be
/// made.
pub(crate) fn python(name: &str) -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, done) = (environment.join("bin/python"), environment.join("done"));
    let requirements = scripts(name).join("requirements.txt");
    let wanted = std::fs::read(&requirements).expect("requirements");
    if std::fs::read(&done).is_ok_and(|had| had == wanted) {
        return Some(python);
    }
    let made = runs(Command::new("python3").args(["-m", "venv"]).arg(&environment))
        && runs(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"]).arg(&requirements));
    made.then(|| {
        std::fs::write(&done, wanted).expect("written");
        python
    })
}
