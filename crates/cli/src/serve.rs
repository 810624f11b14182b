//! `shangzhi serve`, and what a server needs before it starts: certificates, keys, an active model.

use crate::args::{ActivateArgs, ServeArgs};
use crate::note;
use crate::signed_in::{Signed, Stored};
use crate::totals_file::TotalsFile;
use anyhow::{Context as _, Result, ensure};
use dashboard::{Dashboard, Figures, Names, Passwords, Settings};
use features::snapshot::{Snapshot, Snapshots};
use ledger::event::UnixMicros;
use service::{
    Config, ConsentDesk, Desk, LedgerDesk, ModelDesk, Models, Ratings, Readiness, Server, Services, SubjectDesk,
    Totals, TotalsSource, config,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::{Followed, Keys, Ledger, Store};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Ratings need a model that rates; those of the ledger need it; the others only the store.
const RATINGS: &str = "shangzhi.rating.v1.RatingService";
const OTHERS: [&str; 3] =
    ["shangzhi.rating.v1.ConsentService", "shangzhi.rating.v1.ModelService", "shangzhi.rating.v1.SubjectService"];
const LEDGER: [&str; 7] = [
    "shangzhi.ledger.v1.LoanService",
    "shangzhi.ledger.v1.GuaranteeService",
    "shangzhi.ledger.v1.BridgeLoanService",
    "shangzhi.ledger.v1.CompensationService",
    "shangzhi.ledger.v1.BenefitService",
    "shangzhi.ledger.v1.LedgerService",
    "shangzhi.ledger.v1.TotalsService",
];
/// Sources report by month: a snapshot that is older than this has missed one.
const SNAPSHOT_DAYS: i64 = 62;
/// How often the store is asked which models are active: another server may have activated one.
const LOOK: Duration = Duration::from_secs(2);

pub(crate) fn certs(dir: &Path) -> Result<()> {
    for file in service::certs::init(dir)? {
        println!("{}", file.display());
    }
    note(service::certs::NOTICE);
    Ok(())
}

pub(crate) fn keys(out: &Path, id: Option<&str>) -> Result<()> {
    let month = chrono::Local::now().format("%Y-%m").to_string();
    Keys::generate(out, id.unwrap_or(&month))?;
    println!("{}", out.display());
    note("keep a copy apart from the database: without this file nothing in it can be read");
    Ok(())
}

pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    let Some(path) = &args.config else {
        print!("{}", config::EXAMPLE);
        return Ok(());
    };
    let config = load(path)?;
    runtime()?.block_on(serve(config))
}

fn load(path: &Path) -> Result<Config> {
    let remedy = "`shangzhi serve --print-config` prints one to begin with";
    if !path.is_file() {
        anyhow::bail!("{}: there is no such file; {remedy}", path.display());
    }
    Ok(Config::load(path)?)
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// The store of a configuration; a path of SQLite begins at the folder of its file.
async fn open_store(config: &Config) -> Result<Store> {
    let file = &config.keys_file;
    let remedy = || format!("keys_file; `shangzhi keys init --out {}` makes one", file.display());
    let keys = Keys::read(file).with_context(remedy)?;
    Store::open(&config.store_address(), keys).await.context("[store] url: the store cannot be opened")
}

async fn open_ledger(config: &Config) -> Result<Ledger> {
    Ledger::open(&config.ledger_address()).await.context("[ledger] database: the ledger cannot be opened")
}

fn open_models(folder: &Path) -> Result<Models> {
    let remedy = || format!("models_dir {}: a folder of model folders is needed", folder.display());
    Models::open(folder).with_context(remedy)
}

async fn serve(config: Config) -> Result<()> {
    let _log = service::telemetry::init(&config.log, &["shangzhi", "store"]);
    let snapshots = Snapshots::open(&config.snapshots_dir).with_context(|| {
        let folder = config.snapshots_dir.display();
        format!("snapshots_dir {folder}; `shangzhi snapshot --features FILE --out {folder}/DAY.snap` makes one")
    })?;
    // Seconds for a million enterprises; without it a damaged file would be served, and stored as if it were sound.
    let current = snapshots.current();
    current.verify(&|_, _| ()).with_context(|| format!("snapshots_dir: {}", current.path().display()))?;
    say_age(&current);
    let models = open_models(&config.models_dir)?;
    let store = open_store(&config).await?;
    let ledger = open_ledger(&config).await?;
    let desk = Desk::new(store.clone(), snapshots, models);
    for (folder, why) in desk.models().refused() {
        note(&format!("{}: not taken: {why}", folder.display()));
    }
    desk.models().follow(desk.store()).await.context("the store does not say which models are active")?;
    say_models(&desk, &config.path);

    let kept = TotalsFile::beside(&config.ledger_address());
    let figures = Figures::default();
    // Handlers and pages read the same facts. Pages keep a register beside them, which begins at the first line.
    let totals: Arc<dyn TotalsSource> = match (&config.dashboard, &kept) {
        (Some(_), _) => Arc::new(figures.shared()),
        (None, Some(kept)) => Arc::new(Followed::new(Totals(kept.load(&ledger).await?))),
        (None, None) => Arc::new(Followed::new(Totals::default())),
    };
    let of_ledger = LedgerDesk::with_totals(desk.clone(), ledger.clone(), Arc::clone(&totals));
    let ratings = Ratings::new(desk.clone());
    let services = Services::new(&config.limits)
        .ratings(ratings.clone())
        .consents(ConsentDesk::new(desk.clone()))
        .models(ModelDesk::new(desk.clone()))
        .subjects(SubjectDesk::new(desk.clone()))
        .ledger(of_ledger.clone());
    // Only pages show the counts.
    let _counting = config.dashboard.as_ref().map(|_| ratings.count_inputs());
    let pages = match &config.dashboard {
        Some(page) => Some(dashboard_of(page, &store, figures, (of_ledger, ratings), &ledger).await?),
        None => None,
    };
    let certs = config.tls.as_ref().and_then(|tls| tls.cert.parent()).map(|dir| dir.display().to_string());
    let mut server = Server::bind(config).await.map_err(|e| {
        let no_file =
            matches!(&e, service::Error::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound);
        let remedy = match certs {
            Some(dir) if no_file => {
                format!("the server cannot begin; `shangzhi certs init --dir {dir}` makes certificates to try it with")
            }
            _ => "the server cannot begin".to_owned(),
        };
        anyhow::Error::new(e).context(remedy)
    })?;
    println!("serving at {}", server.address()?);
    let pages = pages.map(|pages| pages.start(Arc::clone(&totals), ledger.clone()));
    let keeping = kept.map(|file| Keeping::new(file, Arc::clone(&totals)));
    let first = tokio::spawn(keep_first(keeping.clone(), ledger.clone()));
    let readiness = server.readiness();
    say_ready(&desk, &ledger, &readiness).await;
    let (of_hook, books, to_tell, here) = (desk.clone(), ledger.clone(), readiness.clone(), Handle::current());
    server.on_reload(move || reload(&of_hook, &books, &to_tell, &here));
    let looking = tokio::spawn(look(desk, ledger.clone(), readiness));
    let ended = server.run(services, service::stop_signal()?).await;
    looking.abort();
    first.abort();
    if let Some(pages) = pages {
        pages.end().await;
    }
    if let Some(keeping) = keeping {
        keeping.keep(&ledger).await;
    }
    ledger.close().await;
    store.close().await;
    let closed = ended?.closed;
    if closed > 0 {
        note(&format!("{closed} connections were still open at the end of the grace"));
    }
    Ok(())
}

/// The dashboard before it is served.
struct Pages {
    listener: TcpListener,
    dashboard: Dashboard,
}

/// The dashboard while it is served.
struct Served {
    serving: JoinHandle<()>,
    end: oneshot::Sender<()>,
}

async fn dashboard_of(
    page: &config::Dashboard,
    store: &Store,
    figures: Figures,
    (of_ledger, ratings): (LedgerDesk, Ratings),
    ledger: &Ledger,
) -> Result<Pages> {
    let clock = || UnixMicros(chrono::Utc::now().timestamp_micros());
    let settings = Settings { secure: page.behind_tls, clock };
    let dashboard = Dashboard::new(store.clone(), figures, Passwords::usual()?, settings)
        .telling(Arc::new(Signed(of_ledger)))
        .reading(Arc::new(Stored(ratings)))
        .with_imports(ledger.import_log());
    let dashboard = match &page.names {
        None => dashboard,
        Some(path) => dashboard.with_names(names_of(path)?),
    };
    let listener = TcpListener::bind(page.listen).await;
    let listener = listener.with_context(|| format!("dashboard.listen {}", page.listen))?;
    Ok(Pages { listener, dashboard })
}

fn names_of(path: &Path) -> Result<Names> {
    let file = std::fs::File::open(path).with_context(|| format!("dashboard.names {}", path.display()))?;
    Names::read(std::io::BufReader::new(file)).with_context(|| format!("dashboard.names {}", path.display()))
}

impl Pages {
    fn start(self, totals: Arc<dyn TotalsSource>, ledger: Ledger) -> Served {
        let Self { listener, dashboard } = self;
        if let Ok(address) = listener.local_addr() {
            println!("dashboard at http://{address}/");
        }
        let (end, ended) = oneshot::channel::<()>();
        let until = async move { _ = ended.await };
        let serving = tokio::spawn(async move {
            // Half a ledger looks like a bad year: nothing is answered before all of it is there.
            while let Err(e) = totals.catch_up(&ledger).await {
                note(&format!("the dashboard waits for the ledger: {:#}", anyhow::Error::new(e)));
                tokio::time::sleep(LOOK).await;
            }
            dashboard::serve(listener, dashboard, until).await
        });
        Served { serving, end }
    }
}

impl Served {
    /// Answers that have begun have a few seconds: browsers keep connections open, and the server has a grace of its own.
    async fn end(self) {
        // Nobody waits for it where serving has ended by itself.
        let _ = self.end.send(());
        let mut serving = self.serving;
        if tokio::time::timeout(LOOK, &mut serving).await.is_err() {
            serving.abort();
        }
    }
}

/// Facts of totals that are kept beside the ledger for the next start.
#[derive(Clone)]
struct Keeping {
    file: TotalsFile,
    totals: Arc<dyn TotalsSource>,
    /// The last line that the file has.
    kept: Arc<AtomicU64>,
}

impl Keeping {
    fn new(file: TotalsFile, totals: Arc<dyn TotalsSource>) -> Self {
        let mut seq = 0;
        totals.read(&mut |books| seq = books.seq());
        Self { file, totals, kept: Arc::new(AtomicU64::new(seq)) }
    }

    /// Keeps the facts where many lines came since.
    async fn keep(&self, ledger: &Ledger) {
        let kept = self.kept.load(Ordering::Relaxed);
        let mut due = None;
        self.totals.read(&mut |books| due = TotalsFile::is_due(kept, books).then_some(books.seq()));
        let Some(Ok(Some(hash))) = (match due {
            Some(seq) => Some(ledger.hash_at(seq).await.map(|hash| hash.map(|hash| (seq, hash)))),
            None => None,
        }) else {
            return;
        };
        let (seq, hash) = hash;
        let this = self.clone();
        // Lines wait for a second for each million of loans: that is once, or at the end.
        let done = tokio::task::spawn_blocking(move || {
            let mut done = Ok(false);
            this.totals.read(&mut |books| {
                if books.seq() == seq {
                    done = this.file.save(books, &hash).map(|()| true);
                }
            });
            done
        });
        match done.await {
            Ok(Ok(true)) => self.kept.store(seq, Ordering::Relaxed),
            Ok(Ok(false)) | Err(_) => {}
            Ok(Err(e)) => note(&format!("facts of totals are not kept, the next start reads all lines: {e:#}")),
        }
    }
}

/// Keeps the facts once they stand at the end of the ledger: the next start may follow a power cut.
async fn keep_first(keeping: Option<Keeping>, ledger: Ledger) {
    let Some(keeping) = keeping else { return };
    if keeping.totals.catch_up(&ledger).await.is_ok() {
        keeping.keep(&ledger).await;
    }
}

/// That the features are old, where they are: ratings go on, each with the day that its features are of.
fn say_age(snapshot: &Snapshot) {
    let days = (chrono::Utc::now().with_timezone(&crate::books::beijing()).date_naive() - snapshot.as_of()).num_days();
    if days > SNAPSHOT_DAYS {
        let file = snapshot.path().display();
        note(&format!(
            "{file}: its features are {days} days old, and a rating is valid for its model's months from their day: the ledger takes none \
             that is over when it is issued; `shangzhi snapshot` makes a newer one, SIGHUP takes it"
        ));
    }
}

/// Which model rates, and how one is made to where none does.
fn say_models(desk: &Desk, config: &Path) {
    let all = desk.models().all();
    let mut active = all.iter().filter(|m| desk.models().is_active(&m.digest)).peekable();
    if active.peek().is_none() {
        match &all[..] {
            [] => note("there is no model that could rate: put its folder into models_dir and send SIGHUP"),
            [one] => note(&format!(
                "no model is active; once it is reviewed: shangzhi model activate --config {} --digest {} --reviewer NAME --reason WHY",
                config.display(),
                one.digest
            )),
            many => {
                note("no model is active; `shangzhi model activate` activates one of these, once it is reviewed:");
                many.iter().for_each(|m| note(&format!("{} {}", m.digest, m.folder.display())));
            }
        }
    }
    for model in active {
        let file = model.model.file();
        println!("{} {} rates [{}]", file.model_id, file.model_version, model.digest);
    }
}

/// Ready when a model rates and the store answers and takes what is written.
async fn say_ready(desk: &Desk, ledger: &Ledger, readiness: &Readiness) {
    let rates = desk.models().all().iter().any(|m| desk.models().is_active(&m.digest));
    let stores = desk.store().ping().await.is_ok() && !desk.store().counters().refusing;
    readiness.set(RATINGS, rates && stores).await;
    for service in OTHERS {
        readiness.set(service, stores).await;
    }
    // Without the audit nothing of the ledger is answered.
    let enters = stores && ledger.head().await.is_ok() && !ledger.counters().refusing;
    for service in LEDGER {
        readiness.set(service, enters).await;
    }
}

async fn look(desk: Desk, ledger: Ledger, readiness: Readiness) {
    loop {
        tokio::time::sleep(LOOK).await;
        // A store that does not answer is told of by the readiness; it is asked again.
        let _ = desk.models().follow(desk.store()).await;
        say_ready(&desk, &ledger, &readiness).await;
    }
}

/// Snapshots and models are looked for again; what cannot be taken leaves what there was, and is said.
fn reload(desk: &Desk, ledger: &Ledger, readiness: &Readiness, here: &Handle) {
    match desk.snapshots().reload() {
        Ok(done) => {
            done.refused.iter().for_each(|e| note(&format!("not taken: {e}")));
            if done.is_new {
                note(&format!("snapshot taken: {} as of {}", done.current.path().display(), done.current.as_of()));
            }
        }
        Err(e) => note(&format!("snapshots not looked at: {e}")),
    }
    match desk.models().reload() {
        Ok(()) => desk
            .models()
            .refused()
            .iter()
            .for_each(|(folder, why)| note(&format!("{}: not taken: {why}", folder.display()))),
        Err(e) => note(&format!("models not looked at: {e}")),
    }
    here.block_on(async {
        if let Err(e) = desk.models().follow(desk.store()).await {
            note(&format!("activations not read: {e}"));
        }
        say_ready(desk, ledger, readiness).await;
    });
}

pub(crate) fn activate(args: &ActivateArgs) -> Result<()> {
    let config = load(&args.config)?;
    let models = open_models(&config.models_dir)?;
    let Some(model) = models.get(&args.digest) else {
        let known: Vec<String> = models.all().iter().map(|m| format!("{} {}", m.digest, m.folder.display())).collect();
        anyhow::bail!("--digest {}: no model of models_dir; there are:\n{}", args.digest, known.join("\n"));
    };
    let today = chrono::Utc::now().with_timezone(&crate::books::beijing()).date_naive();
    let refusals = service::refusals(&model, Some(&args.reviewer), today);
    let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    ensure!(refusals.is_empty(), "the model may not be activated: {}", refusals.join("; "));
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let written = service::activate(&store, &model, &args.reviewer, &args.reason).await;
        store.close().await;
        written.context("the activation was not stored")
    })?;
    println!("{} is active; servers take it within seconds", args.digest);
    Ok(())
}
