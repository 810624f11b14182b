/// What is known about one characteristic of one enterprise.
///
/// Missing and not authorised are states of their own: neither is zero, neither is an empty text,
/// and a model answers each with its own bin and its own reason.
///
/// # Examples
/// ```
/// use primitives::Value;
/// assert_eq!(Value::number(f64::NAN), Value::Missing);
/// assert_eq!(Value::number(f64::INFINITY), Value::Missing);
/// assert_eq!(Value::number(1.5), Value::Number(1.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A finite number in the unit that the model's characteristic states.
    Number(f64),
    /// A category.
    Text(&'a str),
    /// The source was asked and had no value.
    Missing,
    /// The enterprise did not authorise the source for this purpose.
    NotAuthorised,
}

impl Value<'_> {
    /// A number as a value: not-a-number and the infinities are [`Value::Missing`].
    pub fn number(x: f64) -> Self {
        if x.is_finite() { Self::Number(x) } else { Self::Missing }
    }
}
