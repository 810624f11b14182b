//! Books as a file, so that a program that starts again need not read the whole ledger.
//!
//! # Stored form
//! Updates: none, a later file takes the place of an earlier one. Deletion: at any time, the ledger has all. Guarantees:
//! a file that was changed anywhere is refused, and it names the line and the hash of the chain that it stands at; whoever
//! loads it asks the ledger whether that line has that hash.
//!
//! Who changes what facts an event brings, or how they are written, gives [`MAGIC`] another number: all lines are read then.
//!
//! Numbers are little-endian. The file begins with [`MAGIC`], has the parts in the order of [`Books::save`], and ends with
//! the SHA-256 of all before. Sums made ahead are not in it: they are made again in a second.

use crate::Error;
use crate::books::{Books, Enterprise, Places, Rating, Subject};
use crate::dimension::{ATTRIBUTES, Packed, Words};
use crate::kind::Kind;
use crate::loan::{Grant, Loan, Move, Plan, Status};
use crate::rows::Part;
use primitives::CreditCode;
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write};

/// The first bytes: another layout has another name.
const MAGIC: &[u8] = b"shangzhi-totals-2\n";
/// There is no probability of default.
const NO_PD: u32 = u32::MAX;
/// More than any list has: a length beyond is damage and no reason to ask for memory.
const LENGTH_MAX: u64 = 1 << 36;
/// Lists are read in pieces of so many bytes, so that a wrong length ends with the file.
const PIECE: usize = 1 << 20;

struct Sink<W> {
    to: W,
    hash: Sha256,
    buffer: Vec<u8>,
}

impl<W: Write> Sink<W> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.hash.update(&self.buffer);
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.len(text.len())?;
        self.bytes(text.as_bytes())
    }

    fn len(&mut self, len: usize) -> Result<(), Error> {
        self.put(len as u64)
    }

    fn put<T: Number>(&mut self, number: T) -> Result<(), Error> {
        self.bytes(number.bytes().as_ref())
    }

    fn list<T: Number>(&mut self, numbers: &[T]) -> Result<(), Error> {
        self.len(numbers.len())?;
        for piece in numbers.chunks(PIECE / 8) {
            for number in piece {
                self.buffer.extend_from_slice(number.bytes().as_ref());
            }
            self.flush()?;
        }
        Ok(())
    }
}

/// What is read, in large pieces: a piece is hashed at once.
struct Source<R> {
    from: R,
    hash: Sha256,
    buffer: Vec<u8>,
    /// What was taken of the buffer, and what of that was hashed.
    taken: usize,
    hashed: usize,
}

impl<R: Read> Source<R> {
    fn new(from: R) -> Self {
        Self { from, hash: Sha256::new(), buffer: Vec::with_capacity(2 * PIECE), taken: 0, hashed: 0 }
    }

    /// Hashes what was taken.
    fn settle(&mut self) {
        self.hash.update(&self.buffer[self.hashed..self.taken]);
        self.hashed = self.taken;
    }

    /// The next bytes.
    fn take(&mut self, len: usize) -> Result<&[u8], Error> {
        if self.buffer.len() - self.taken < len {
            self.settle();
            self.buffer.drain(..self.taken);
            (self.taken, self.hashed) = (0, 0);
            let more = (len - self.buffer.len()).max(PIECE) as u64;
            self.from.by_ref().take(more).read_to_end(&mut self.buffer)?;
        }
        let bytes = self.buffer.get(self.taken..self.taken + len).ok_or_else(|| damaged("it ends early"))?;
        self.taken += len;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.copy_from_slice(self.take(bytes.len())?);
        Ok(())
    }

    fn len(&mut self) -> Result<usize, Error> {
        match self.get::<u64>()? {
            len if len <= LENGTH_MAX => Ok(len as usize),
            _ => Err(damaged("a list is longer than any")),
        }
    }

    fn get<T: Number>(&mut self) -> Result<T, Error> {
        let mut bytes = T::Bytes::default();
        self.fill(bytes.as_mut())?;
        Ok(T::number(bytes))
    }

    fn list<T: Number>(&mut self) -> Result<Vec<T>, Error> {
        let mut left = self.len()?;
        let size = size_of::<T::Bytes>();
        let mut numbers = Vec::new();
        while left > 0 {
            let now = left.min(PIECE / size);
            numbers.reserve(now);
            numbers.extend(self.take(now * size)?.chunks_exact(size).map(|bytes| {
                let mut number = T::Bytes::default();
                number.as_mut().copy_from_slice(bytes);
                T::number(number)
            }));
            left -= now;
        }
        Ok(numbers)
    }

    fn text(&mut self) -> Result<String, Error> {
        String::from_utf8(self.list::<u8>()?).map_err(|_| damaged("a text is not UTF-8"))
    }
}

/// A number of a fixed width.
trait Number: Copy {
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;
    fn bytes(self) -> Self::Bytes;
    fn number(bytes: Self::Bytes) -> Self;
}

macro_rules! numbers {
    ($($kind:ty, $size:literal;)+) => {$(
        impl Number for $kind {
            type Bytes = [u8; $size];

            fn bytes(self) -> [u8; $size] {
                self.to_le_bytes()
            }

            fn number(bytes: [u8; $size]) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    )+};
}

numbers! {
    u8, 1;
    i8, 1;
    u16, 2;
    u32, 4;
    i32, 4;
    u64, 8;
    i64, 8;
    u128, 16;
}

fn damaged(what: &str) -> Error {
    Error::File { what: what.to_owned() }
}

impl Books {
    /// Writes the books and the hash of the chain at their last line.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, to: impl Write, chain: &[u8; 32]) -> Result<(), Error> {
        let mut sink = Sink { to, hash: Sha256::new(), buffer: Vec::with_capacity(2 * PIECE) };
        sink.bytes(MAGIC)?;
        sink.put(self.seq)?;
        sink.bytes(chain)?;
        let (times, last): (Vec<i64>, Vec<u64>) = self.times.iter().copied().unzip();
        sink.list(&times)?;
        sink.list(&last)?;
        for texts in self.words.texts().iter().chain([&self.indicators]) {
            sink.len(texts.len())?;
            texts.iter().try_for_each(|text| sink.text(text))?;
        }
        sink.len(self.enterprises.len())?;
        for Enterprise { code, loans, first } in &self.enterprises {
            sink.bytes(code.as_str().as_bytes())?;
            sink.list(loans)?;
            let (day, loan) = first.unwrap_or((0, 0));
            sink.put(u8::from(first.is_some()))?;
            sink.put(day)?;
            sink.put(loan)?;
        }
        sink.len(self.loans.len())?;
        self.loans.iter().try_for_each(|loan| put_loan(&mut sink, loan))?;
        put_places(&mut sink, &self.places)?;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::PastDue) {
            let parts = self.rows.of(kind);
            sink.len(parts.len())?;
            for (month, part) in parts {
                sink.put(*month)?;
                sink.list(&part.keys)?;
                sink.list(&part.amounts)?;
                sink.list(&part.aux)?;
                sink.list(&part.seqs)?;
                sink.list(&part.enterprises)?;
                sink.list(&part.loans)?;
                sink.list(&part.days)?;
                sink.list(&part.signs)?;
            }
        }
        sink.flush()?;
        let digest: [u8; 32] = sink.hash.finalize().into();
        sink.to.write_all(&digest)?;
        Ok(sink.to.flush()?)
    }

    /// Reads what [`Books::save`] wrote and the hash of the chain that was given; sums are made ahead ([`Books::settle`]).
    ///
    /// # Errors
    /// [`Error::File`] for a file that is not whole or of another layout, [`Error::Io`].
    pub fn load(from: impl Read) -> Result<(Self, [u8; 32]), Error> {
        let mut source = Source::new(from);
        let mut magic = [0; MAGIC.len()];
        source.fill(&mut magic)?;
        if magic != MAGIC {
            return Err(damaged("it is of another kind or layout"));
        }
        let seq = source.get()?;
        let mut chain = [0; 32];
        source.fill(&mut chain)?;
        let times = source.list::<i64>()?;
        let times = times.into_iter().zip(source.list::<u64>()?).collect();
        let mut texts = Vec::with_capacity(ATTRIBUTES + 1);
        for _ in 0..=ATTRIBUTES {
            let len = source.len()?;
            texts.push((0..len).map(|_| source.text()).collect::<Result<Vec<String>, Error>>()?);
        }
        let indicators = texts.pop().unwrap_or_default();
        let texts = <[Vec<String>; ATTRIBUTES]>::try_from(texts).map_err(|_| damaged("lists of words are missing"))?;
        let mut books = Self { seq, times, indicators, words: Words::from_texts(texts), ..Self::default() };
        for at in 0..source.len()? {
            let enterprise = get_enterprise(&mut source)?;
            books.places.enterprises.insert(enterprise.code, at as u32);
            books.enterprises.push(enterprise);
        }
        for _ in 0..source.len()? {
            let loan = get_loan(&mut source)?;
            books.loans.push(loan);
        }
        get_places(&mut source, &mut books.places)?;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::PastDue) {
            for _ in 0..source.len()? {
                let month = source.get()?;
                let part = get_part(&mut source)?;
                books.rows.of_mut(kind).insert(month, part);
            }
        }
        source.settle();
        let digest: [u8; 32] = source.hash.clone().finalize().into();
        if source.take(digest.len())? != digest {
            return Err(damaged("its digest is another"));
        }
        if source.take(1).is_ok() {
            return Err(damaged("something follows its end"));
        }
        books.settle();
        Ok((books, chain))
    }
}

fn put_loan<W: Write>(sink: &mut Sink<W>, loan: &Loan) -> Result<(), Error> {
    sink.put(loan.key.0)?;
    sink.put(loan.applied.0)?;
    sink.put(loan.requested)?;
    sink.put(loan.enterprise)?;
    sink.put(loan.disbursed)?;
    let grant = loan.grant.unwrap_or(Grant { seq: 0, day: 0, amount: 0, rate: 0 });
    let flags = [loan.void, loan.completed.is_some(), loan.grant.is_some()];
    sink.bytes(&flags.map(u8::from))?;
    sink.put(loan.borrower)?;
    sink.put(loan.completed.unwrap_or(0))?;
    sink.put(grant.seq)?;
    sink.put(grant.day)?;
    sink.put(grant.amount)?;
    sink.put(grant.rate)?;
    sink.put(loan.pd.unwrap_or(NO_PD))?;
    sink.len(loan.moves.len())?;
    for Move { day, lent, repaid, off } in &loan.moves {
        sink.put(*day)?;
        sink.put(*lent)?;
        sink.put(*repaid)?;
        sink.put(*off)?;
    }
    sink.len(loan.plans.len())?;
    for Plan { day, seq, instalments } in &loan.plans {
        sink.put(*day)?;
        sink.put(*seq)?;
        sink.len(instalments.len())?;
        for (day, fen) in instalments {
            sink.put(*day)?;
            sink.put(*fen)?;
        }
    }
    sink.len(loan.statuses.len())?;
    for Status { month, seq, days, category } in &loan.statuses {
        sink.put(*month)?;
        sink.put(*seq)?;
        sink.put(*days)?;
        sink.put(*category)?;
    }
    Ok(())
}

fn get_loan<R: Read>(source: &mut Source<R>) -> Result<Loan, Error> {
    let key = Packed(source.get()?);
    let applied = Packed(source.get()?);
    let requested = source.get()?;
    let enterprise = source.get()?;
    let disbursed = source.get()?;
    let [void, completed, granted] = [source.get::<u8>()? != 0, source.get::<u8>()? != 0, source.get::<u8>()? != 0];
    let borrower = source.get()?;
    let completed_on = source.get()?;
    let grant = Grant { seq: source.get()?, day: source.get()?, amount: source.get()?, rate: source.get()? };
    let pd = source.get()?;
    let mut loan = Loan {
        pd: (pd != NO_PD).then_some(pd),
        key,
        applied,
        void,
        disbursed,
        completed: completed.then_some(completed_on),
        grant: granted.then_some(grant),
        ..Loan::new(key, enterprise, borrower, requested)
    };
    for _ in 0..source.len()? {
        let (day, lent, repaid, off) = (source.get()?, source.get()?, source.get()?, source.get()?);
        loan.moves.push(Move { day, lent, repaid, off });
    }
    for _ in 0..source.len()? {
        let (day, seq, len) = (source.get()?, source.get()?, source.len()?);
        let instalments = (0..len).map(|_| Ok((source.get()?, source.get()?))).collect::<Result<_, Error>>()?;
        loan.plans.push(Plan { day, seq, instalments });
    }
    for _ in 0..source.len()? {
        let (month, seq, days, category) = (source.get()?, source.get()?, source.get()?, source.get()?);
        loan.statuses.push(Status { month, seq, days, category });
    }
    Ok(loan)
}

fn get_enterprise<R: Read>(source: &mut Source<R>) -> Result<Enterprise, Error> {
    let mut text = [0; 18];
    source.fill(&mut text)?;
    let code = std::str::from_utf8(&text).ok().and_then(|t| t.parse::<CreditCode>().ok());
    let code = code.ok_or_else(|| damaged("a credit code is none"))?;
    let loans = source.list()?;
    let (some, day, loan) = (source.get::<u8>()? != 0, source.get()?, source.get()?);
    Ok(Enterprise { code, loans, first: some.then_some((day, loan)) })
}

fn put_places<W: Write>(sink: &mut Sink<W>, places: &Places) -> Result<(), Error> {
    // In order, so that the same books are the same bytes.
    let mut loans: Vec<_> = places.loans.iter().map(|(name, at)| (*name, *at)).collect();
    loans.sort_unstable();
    sink.list(&loans.iter().map(|(name, _)| *name).collect::<Vec<u128>>())?;
    sink.list(&loans.iter().map(|(_, at)| *at).collect::<Vec<u32>>())?;
    let mut subjects: Vec<_> = places.subjects.iter().collect();
    subjects.sort_unstable_by_key(|(name, _)| **name);
    sink.len(subjects.len())?;
    for (name, Subject { key, enterprise, loan, amount }) in subjects {
        sink.put(*name)?;
        sink.put(key.0)?;
        sink.put(*enterprise)?;
        sink.put(*loan)?;
        sink.put(*amount)?;
    }
    let mut ratings: Vec<_> = places.ratings.iter().collect();
    ratings.sort_unstable_by_key(|(name, _)| **name);
    sink.len(ratings.len())?;
    for (name, Rating { grade, recommended, pd }) in ratings {
        sink.put(*name)?;
        sink.put(*grade)?;
        sink.put(recommended.unwrap_or(-1))?;
        sink.put(pd.unwrap_or(NO_PD))?;
    }
    Ok(())
}

fn get_places<R: Read>(source: &mut Source<R>, places: &mut Places) -> Result<(), Error> {
    let names = source.list::<u128>()?;
    places.loans = names.into_iter().zip(source.list::<u32>()?).collect();
    for _ in 0..source.len()? {
        let name = source.get()?;
        let key = Packed(source.get()?);
        let (enterprise, loan, amount) = (source.get()?, source.get()?, source.get()?);
        places.subjects.insert(name, Subject { key, enterprise, loan, amount });
    }
    for _ in 0..source.len()? {
        let (name, grade, recommended) = (source.get()?, source.get()?, source.get::<i64>()?);
        let recommended = (recommended >= 0).then_some(recommended);
        let pd = source.get()?;
        places.ratings.insert(name, Rating { grade, recommended, pd: (pd != NO_PD).then_some(pd) });
    }
    Ok(())
}

fn get_part<R: Read>(source: &mut Source<R>) -> Result<Part, Error> {
    let part = Part {
        keys: source.list()?,
        amounts: source.list()?,
        aux: source.list()?,
        seqs: source.list()?,
        enterprises: source.list()?,
        loans: source.list()?,
        days: source.list()?,
        signs: source.list()?,
        ..Part::default()
    };
    let lengths = [
        part.amounts.len(),
        part.aux.len(),
        part.seqs.len(),
        part.enterprises.len(),
        part.loans.len(),
        part.days.len(),
        part.signs.len(),
    ];
    if lengths.iter().any(|len| *len != part.keys.len()) {
        return Err(damaged("its columns are not of one length"));
    }
    Ok(part)
}
