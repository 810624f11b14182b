//! What the server serves: the handlers of the contract, with health and reflection beside them.

use crate::config::Limits;
use crate::error::Error;
use crate::health::Readiness;
use crate::ledger::LedgerDesk;
use crate::ratings::{Direct, Ratings};
use api::ledger::v1::benefit_service_server::{BenefitService, BenefitServiceServer};
use api::ledger::v1::bridge_loan_service_server::{BridgeLoanService, BridgeLoanServiceServer};
use api::ledger::v1::compensation_service_server::{CompensationService, CompensationServiceServer};
use api::ledger::v1::guarantee_service_server::{GuaranteeService, GuaranteeServiceServer};
use api::ledger::v1::ledger_service_server::{LedgerService, LedgerServiceServer};
use api::ledger::v1::loan_service_server::{LoanService, LoanServiceServer};
use api::ledger::v1::totals_service_server::{TotalsService, TotalsServiceServer};
use api::rating::v1::consent_service_server::{ConsentService, ConsentServiceServer};
use api::rating::v1::model_service_server::{ModelService, ModelServiceServer};
use api::rating::v1::rating_service_server::{RatingService, RatingServiceServer};
use api::rating::v1::subject_service_server::{SubjectService, SubjectServiceServer};
use tonic::codec::CompressionEncoding;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;

/// The handlers of a server, each bounded as the configuration says.
///
/// A service of the contract that is left out is answered with UNIMPLEMENTED.
#[derive(Debug)]
pub struct Services {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    message_bytes_max: usize,
}

macro_rules! plug {
    ($doc:literal $name:ident $handler:ident $server:ident) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name<T: $handler>(mut self, handler: T) -> Self {
            let server = $server::new(handler)
                // Answers are small and many: to compress them would cost more than it saves.
                .accept_compressed(CompressionEncoding::Gzip)
                .max_decoding_message_size(self.message_bytes_max);
            self.names.push(<$server<T> as NamedService>::NAME);
            self.routes.add_service(server);
            self
        }
    };
}

impl Services {
    /// None yet.
    pub fn new(limits: &Limits) -> Self {
        let message_bytes_max = limits.decompressed_bytes_max as usize;
        Self { routes: RoutesBuilder::default(), names: Vec::new(), message_bytes_max }
    }

    plug! { "With a `RatingService` of any kind." rating RatingService RatingServiceServer }
    plug! { "With consents." consents ConsentService ConsentServiceServer }
    plug! { "With models." models ModelService ModelServiceServer }
    plug! { "With what the platform does for enterprises." subjects SubjectService SubjectServiceServer }

    plug! { "With loans." loans LoanService LoanServiceServer }
    plug! { "With guarantees and the subsidies of their fees." guarantees GuaranteeService GuaranteeServiceServer }
    plug! { "With bridge loans." bridge_loans BridgeLoanService BridgeLoanServiceServer }
    plug! { "With claims of compensation." compensation CompensationService CompensationServiceServer }
    plug! { "With policy benefits." benefits BenefitService BenefitServiceServer }
    plug! { "With reversals, funds and periods." books LedgerService LedgerServiceServer }
    plug! { "With totals." totals TotalsService TotalsServiceServer }

    /// With all services of the ledger.
    #[must_use]
    pub fn ledger(self, desk: LedgerDesk) -> Self {
        self.loans(desk.clone())
            .guarantees(desk.clone())
            .bridge_loans(desk.clone())
            .compensation(desk.clone())
            .benefits(desk.clone())
            .books(desk.clone())
            .totals(desk)
    }

    /// With ratings.
    #[must_use]
    pub fn ratings(mut self, handlers: Ratings) -> Self {
        let generated = RatingServiceServer::new(handlers.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(self.message_bytes_max);
        self.names.push(Direct::NAME);
        self.routes.add_service(Direct::new(handlers, generated, self.message_bytes_max));
        self
    }

    /// Full names of what was added.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// With health and reflection, ready to be called.
    pub(crate) fn into_routes(mut self, readiness: &Readiness) -> Result<Routes, Error> {
        let upkeep_bytes_max = 4 << 10; // names of services and symbols
        let health = HealthService::from_health_reporter(readiness.reporter());
        self.routes.add_service(HealthServer::new(health).max_decoding_message_size(upkeep_bytes_max));
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(api::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        self.routes.add_service(reflection().build_v1()?.max_decoding_message_size(upkeep_bytes_max));
        // grpcio-reflection 1.85 still asks for this version.
        self.routes.add_service(reflection().build_v1alpha()?.max_decoding_message_size(upkeep_bytes_max));
        Ok(self.routes.routes().prepare())
    }
}
