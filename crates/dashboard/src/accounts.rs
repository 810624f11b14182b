//! Who may sign in: what an operator sets from the command line.

use crate::passwords::{PasswordError, Passwords};
use crate::role::Role;
use policy::Code;
use primitives::RegionCode;
use primitives::region::{State, state};
use store::{NewLine, NewStaff, Record, Staff, Store, UnixMicros, Write};

/// Bytes of a name at most.
pub(crate) const NAME_MAX: usize = 64;

/// Why an account is not set.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name that is none.
    #[error("name {found:?} is not 1 to {NAME_MAX} bytes of letters, digits and -_.@")]
    Name {
        /// As it stood.
        found: String,
    },
    /// A district's role without a district of today, or a district for another role.
    #[error(
        "role {role} with district {district:?}: the role district has a district of the day, all others have none"
    )]
    District {
        /// The role.
        role: Role,
        /// The district.
        district: Option<RegionCode>,
    },
    /// The name is taken.
    #[error("account {name} stands already")]
    Exists {
        /// The name.
        name: String,
    },
    /// There is no such account.
    #[error("account {name} not found")]
    NotFound {
        /// The name.
        name: String,
    },
    /// The password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// An account to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// By which the person signs in.
    pub name: String,
    /// As pages show it.
    pub shown_as: String,
    /// The role.
    pub role: Role,
    /// The district of the role [`Role::District`].
    pub district: Option<RegionCode>,
}

/// Sets accounts; every change is a line of the audit and ends the sessions of the account.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    passwords: Passwords,
    /// Who sets them, for the audit.
    by: String,
}

impl Accounts {
    /// Accounts of a store, set by a person of the system.
    pub fn new(store: Store, passwords: Passwords, by: &str) -> Self {
        Self { store, passwords, by: by.to_owned() }
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add(&self, account: &NewAccount, password: &str, at: UnixMicros) -> Result<(), AccountError> {
        let NewAccount { name, shown_as, role, district } = account;
        let allowed = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(allowed) {
            return Err(AccountError::Name { found: name.clone() });
        }
        let today = crate::view::beijing_day(ledger::event::UnixMicros(at));
        let right = match district {
            None => *role != Role::District,
            Some(code) => *role == Role::District && matches!(state(*code, today), State::Valid(_)),
        };
        if !right {
            return Err(AccountError::District { role: *role, district: *district });
        }
        if self.store.staff(name).await?.is_some() {
            return Err(AccountError::Exists { name: name.clone() });
        }
        let staff = NewStaff {
            name: name.clone(),
            shown_as: shown_as.clone(),
            role: role.code().to_owned(),
            district: district.map(|d| d.to_string()),
            password: self.passwords.hash(password)?,
            disabled: false,
            changed_at: at,
            changed_by: self.by.clone(),
        };
        self.set("AddAccount", staff).await
    }

    /// Lets an account sign in no more, or again.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Store`].
    pub async fn disable(&self, name: &str, disabled: bool, at: UnixMicros) -> Result<(), AccountError> {
        let staff = self.find(name).await?.staff;
        let action = if disabled { "DisableAccount" } else { "EnableAccount" };
        self.set(action, NewStaff { disabled, changed_at: at, changed_by: self.by.clone(), ..staff }).await
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_password(&self, name: &str, password: &str, at: UnixMicros) -> Result<(), AccountError> {
        let staff = self.find(name).await?.staff;
        let password = self.passwords.hash(password)?;
        self.set("SetPassword", NewStaff { password, changed_at: at, changed_by: self.by.clone(), ..staff }).await
    }

    async fn find(&self, name: &str) -> Result<Staff, AccountError> {
        self.store.staff(name).await?.ok_or_else(|| AccountError::NotFound { name: name.to_owned() })
    }

    async fn set(&self, action: &str, staff: NewStaff) -> Result<(), AccountError> {
        let line = NewLine {
            at: staff.changed_at,
            actor: self.by.clone(),
            role: Role::Operator.code().to_owned(),
            tenant: None,
            action: action.to_owned(),
            subject: None,
            purpose: None,
            outcome: "OK".to_owned(),
            object_id: Some(staff.name.clone()),
            detail: Some(format!("role={} district={}", staff.role, staff.district.as_deref().unwrap_or("-"))),
        };
        self.store.write(Write::of(line, Record::Staff(staff))).await?;
        Ok(())
    }
}
