//! Words to a tree.

use super::token::{SyntaxError, Token, tokens};
use super::{
    Aggregate, Comparison, Condition, Function, Operand, Operation, Operator, PeerKey, PeerOperation, Selection, Value,
};
use crate::calendar::Window;

/// Reads the definition of a value.
///
/// # Errors
/// [`SyntaxError`], which names the character and what would be right.
///
/// # Examples
/// ```
/// use features::expression::parse_value;
/// let growth = parse_value("sum(sales.amount, 12m) / sum(sales.amount, 12m ago 12m) - 1")?;
/// assert_eq!(growth.aggregates().len(), 2);
/// let refused = parse_value("sum(sales.amount, 12)").unwrap_err().to_string();
/// assert!(refused.contains("ends with a window"), "{refused}");
/// # Ok::<(), features::expression::SyntaxError>(())
/// ```
pub fn parse_value(text: &str) -> Result<Value, SyntaxError> {
    let mut p = Parser::new(text)?;
    let value = p.value(0)?;
    p.end()?;
    let inner = match &value {
        Value::Peers(_, of, _) => of,
        whole => whole,
    };
    if inner.has_peers() {
        return p.refuse(0, "an operation over peers must be the whole of a definition");
    }
    Ok(value)
}

/// Reads a condition on records.
///
/// # Errors
/// [`SyntaxError`], which names the character and what would be right.
pub fn parse_condition(text: &str) -> Result<Condition, SyntaxError> {
    let mut p = Parser::new(text)?;
    let condition = p.condition(0)?;
    p.end()?;
    Ok(condition)
}

/// Nesting beyond this is refused, so that no text can exhaust the stack.
const DEPTH_MAX: usize = 40;

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(usize, Token)>,
    at: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parsed<Self> {
        Ok(Self { text, tokens: tokens(text)?, at: 0 })
    }

    fn refuse<T>(&self, at: usize, problem: impl Into<String>) -> Parsed<T> {
        let end = self.text.chars().count();
        let at = self.tokens.get(at).map_or(end, |(at, _)| *at) + 1;
        Err(SyntaxError { text: self.text.to_owned(), at, problem: problem.into() })
    }

    fn expected<T>(&self, what: &str) -> Parsed<T> {
        match self.peek() {
            Some(t) => self.refuse(self.at, format!("{what} is expected, not {t}")),
            None => self.refuse(self.at, format!("{what} is expected, the text ends")),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, t)| t)
    }

    fn peek_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(s)) if *s == sign)
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(w)) if w == word)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.peek_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { self.expected(&format!("{sign:?}")) }
    }

    fn word(&mut self, what: &str) -> Parsed<String> {
        match self.peek() {
            Some(Token::Word(w)) => {
                let w = w.clone();
                self.at += 1;
                Ok(w)
            }
            _ => self.expected(what),
        }
    }

    fn end(&self) -> Parsed<()> {
        if self.at == self.tokens.len() { Ok(()) } else { self.expected("the end") }
    }

    fn deeper(&self, depth: usize) -> Parsed<usize> {
        if depth >= DEPTH_MAX { self.refuse(self.at, format!("nested over {DEPTH_MAX} deep")) } else { Ok(depth + 1) }
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        let mut left = self.term(depth)?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("+")) => Operator::Add,
                Some(Token::Sign("-")) => Operator::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Value::Binary(operator, Box::new(left), Box::new(self.term(depth)?));
        }
    }

    fn term(&mut self, depth: usize) -> Parsed<Value> {
        let mut left = self.factor(depth)?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("*")) => Operator::Multiply,
                Some(Token::Sign("/")) => Operator::Divide,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Value::Binary(operator, Box::new(left), Box::new(self.factor(depth)?));
        }
    }

    fn factor(&mut self, depth: usize) -> Parsed<Value> {
        let depth = self.deeper(depth)?;
        match self.peek().cloned() {
            Some(Token::Sign("-")) => {
                self.at += 1;
                Ok(Value::Negative(Box::new(self.factor(depth)?)))
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let value = self.value(depth)?;
                self.sign(")")?;
                Ok(value)
            }
            Some(Token::Number(n)) => {
                self.at += 1;
                Ok(Value::Number(n))
            }
            Some(Token::Word(w)) if w == "as_of" => {
                self.at += 1;
                Ok(Value::AsOf)
            }
            Some(Token::Word(w)) => self.call(&w, depth),
            _ => self.expected("a value"),
        }
    }

    fn call(&mut self, name: &str, depth: usize) -> Parsed<Value> {
        let start = self.at;
        self.at += 1;
        self.sign("(")?;
        let value = if let Some((function, arguments)) = function(name) {
            let mut of = vec![self.value(depth)?];
            while self.take_sign(",") {
                of.push(self.value(depth)?);
            }
            if of.len() != arguments {
                return self.refuse(start, format!("{name} takes {arguments} values, here are {}", of.len()));
            }
            Value::Call(function, of)
        } else if let Some(operation) = peer_operation(name) {
            let of = self.value(depth)?;
            if !self.take_word("by") {
                return self.expected("\"by\"");
            }
            let mut keys = vec![self.peer_key()?];
            while self.take_sign(",") {
                keys.push(self.peer_key()?);
            }
            Value::Peers(operation, Box::new(of), keys)
        } else if let Some(operation) = operation(name) {
            Value::Aggregate(self.aggregate(name, operation, start, depth)?)
        } else {
            return self.refuse(start, format!("there is no operation {name:?}"));
        };
        self.sign(")")?;
        Ok(value)
    }

    fn peer_key(&mut self) -> Parsed<PeerKey> {
        match self.word("division or district")?.as_str() {
            "division" => Ok(PeerKey::Division),
            "district" => Ok(PeerKey::District),
            _ => self.refuse(self.at - 1, "peers are by division, district or both"),
        }
    }

    fn aggregate(&mut self, name: &str, operation: Operation, start: usize, depth: usize) -> Parsed<Aggregate> {
        let shape = operation.shape();
        let mut selections = vec![self.selection(depth)?];
        if shape.selections == 2 {
            self.sign(",")?;
            selections.push(self.selection(depth)?);
        }
        let mut parameter = None;
        if shape.parameter {
            self.sign(",")?;
            match self.peek() {
                Some(&Token::Number(n)) if (1.0..=1000.0).contains(&n) && n.fract() == 0.0 => {
                    parameter = Some(n as u32);
                    self.at += 1;
                }
                _ => return self.expected("a whole number from 1 to 1000"),
            }
        }
        let window = match self.take_sign(",") {
            true => self.window()?,
            false if shape.window_may_lack => Window::All,
            false => {
                return self
                    .refuse(start, format!("{name} ends with a window: 12m, 12m ago 12m, 12m to date, 90d, all"));
            }
        };
        if shape.full_months && !matches!(window, Window::Months { .. }) {
            return self.refuse(start, format!("{name} counts full months: its window is like 12m or 12m ago 12m"));
        }
        if operation == Operation::Kept && !matches!(window, Window::Months { months, .. } if months % 2 == 0) {
            return self.refuse(start, format!("{name} halves its window: the months must be even"));
        }
        for s in &selections {
            if s.column.is_some() != shape.column {
                let wants = if shape.column { "a column after the set: set.column" } else { "a set without a column" };
                return self.refuse(start, format!("{name} takes {wants}"));
            }
            if s.by.is_some() != shape.by {
                let wants = if shape.by { "by a column" } else { "without \"by\"" };
                return self.refuse(start, format!("{name} is {wants}"));
            }
        }
        if selections.len() == 2 && selections[0].by != selections[1].by {
            return self.refuse(start, format!("the selections of {name} must be by the same column"));
        }
        Ok(Aggregate { operation, selections, parameter, window })
    }

    fn selection(&mut self, depth: usize) -> Parsed<Selection> {
        let set = self.word("a set")?;
        let column = if self.take_sign(".") { Some(self.word("a column")?) } else { None };
        let by = if self.take_word("by") { Some(self.word("a column")?) } else { None };
        let condition = if self.take_word("where") { Some(self.condition(depth)?) } else { None };
        Ok(Selection { set, column, by, condition })
    }

    fn window(&mut self) -> Parsed<Window> {
        if self.take_word("all") {
            return Ok(Window::All);
        }
        match self.peek() {
            Some(&Token::Length(days, 'd')) if days > 0 => {
                self.at += 1;
                Ok(Window::Days(days))
            }
            Some(&Token::Length(months, 'm')) if 0 < months && months <= 600 => {
                self.at += 1;
                if self.take_word("to") {
                    if !self.take_word("date") {
                        return self.expected("\"date\"");
                    }
                    return Ok(Window::MonthsToDate(months));
                }
                if !self.take_word("ago") {
                    return Ok(Window::Months { months, ago: 0 });
                }
                let ago = self.months("months like 12m")?;
                Ok(Window::Months { months, ago })
            }
            _ => self.expected("a window (the aggregate ends with a window: 12m, 12m ago 12m, 12m to date, 90d, all)"),
        }
    }

    fn months(&mut self, what: &str) -> Parsed<u16> {
        match self.peek() {
            Some(&Token::Length(months, 'm')) if 0 < months && months <= 600 => {
                self.at += 1;
                Ok(months)
            }
            _ => self.expected(what),
        }
    }

    fn condition(&mut self, depth: usize) -> Parsed<Condition> {
        let mut left = self.all(depth)?;
        while self.take_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.all(depth)?));
        }
        Ok(left)
    }

    fn all(&mut self, depth: usize) -> Parsed<Condition> {
        let mut left = self.one(depth)?;
        while self.take_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Parsed<Condition> {
        let depth = self.deeper(depth)?;
        if self.take_word("not") {
            return Ok(Condition::Not(Box::new(self.one(depth)?)));
        }
        if self.take_sign("(") {
            let condition = self.condition(depth)?;
            self.sign(")")?;
            return Ok(condition);
        }
        let name = self.word("a column")?;
        if self.take_sign("(") {
            let test = self.named_test(&name)?;
            self.sign(")")?;
            return Ok(test);
        }
        if self.take_word("in") {
            self.sign("(")?;
            let mut codes = vec![self.word("a code")?];
            while self.take_sign(",") {
                codes.push(self.word("a code")?);
            }
            self.sign(")")?;
            return Ok(Condition::In(name, codes));
        }
        let comparison = match self.peek() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("!=")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return self.expected("a comparison"),
        };
        self.at += 1;
        let negative = self.take_sign("-");
        let operand = match self.peek().cloned() {
            Some(Token::Number(n)) => Operand::Number(if negative { -n } else { n }),
            _ if negative => return self.expected("a number"),
            Some(Token::Word(w)) if w == "as_of" => Operand::AsOf,
            Some(Token::Word(w)) => Operand::Word(w),
            _ => return self.expected("a number, a code, a column or as_of"),
        };
        self.at += 1;
        Ok(Condition::Compare(name, comparison, operand))
    }

    fn named_test(&mut self, name: &str) -> Parsed<Condition> {
        let start = self.at - 2;
        let column = self.word("a column")?;
        match name {
            "missing" => Ok(Condition::Missing(column)),
            "same_controller" => Ok(Condition::SameController(column)),
            "within" => {
                self.sign(",")?;
                Ok(Condition::Within(column, self.months("months like 36m")?))
            }
            "month_end" | "multiple" => {
                self.sign(",")?;
                match self.peek() {
                    Some(&Token::Number(n)) if name == "multiple" && n > 0.0 => {
                        self.at += 1;
                        Ok(Condition::Multiple(column, n))
                    }
                    Some(&Token::Number(n)) if name == "month_end" && (1.0..=31.0).contains(&n) && n.fract() == 0.0 => {
                        self.at += 1;
                        Ok(Condition::MonthEnd(column, n as u16))
                    }
                    _ => self.expected("a number above zero"),
                }
            }
            _ => self.refuse(start, format!("there is no test {name:?}")),
        }
    }
}

fn function(name: &str) -> Option<(Function, usize)> {
    Some(match name {
        "abs" => (Function::Abs, 1),
        "min" => (Function::Min, 2),
        "max" => (Function::Max, 2),
        "clamp" => (Function::Clamp, 3),
        "if_empty" => (Function::IfEmpty, 2),
        "months_until" => (Function::MonthsUntil, 1),
        _ => return None,
    })
}

fn peer_operation(name: &str) -> Option<PeerOperation> {
    Some(match name {
        "less_peer_median" => PeerOperation::LessMedian,
        "to_peer_median" => PeerOperation::ToMedian,
        "peer_rank" => PeerOperation::Rank,
        _ => return None,
    })
}

fn operation(name: &str) -> Option<Operation> {
    super::print::OPERATIONS.iter().find(|(_, n)| *n == name).map(|(o, _)| *o)
}

/// What an operation must be given.
pub(super) struct Shape {
    selections: usize,
    column: bool,
    by: bool,
    parameter: bool,
    full_months: bool,
    window_may_lack: bool,
}

impl Operation {
    pub(super) fn shape(self) -> Shape {
        use Operation as O;
        Shape {
            selections: if matches!(self, O::Cosine | O::Overlap) { 2 } else { 1 },
            column: !matches!(self, O::Count | O::DaysSince | O::Months | O::Gap | O::Kept),
            by: matches!(self, O::Top | O::Hhi | O::Kept | O::Fresh | O::Cosine | O::Overlap),
            parameter: self == O::Top,
            full_months: matches!(self, O::Months | O::Gap | O::Variation | O::Kept | O::Fresh),
            window_may_lack: matches!(self, O::Latest | O::Previous | O::DaysSince),
        }
    }
}
