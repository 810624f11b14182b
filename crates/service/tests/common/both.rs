//! Checks of an office on both engines.

/// Each check is a test of its own in SQLite; in PostgreSQL all are one test, each with a database of its own.
macro_rules! in_both {
    ($($module:ident::$name:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            $module::$name(&Office::new(None)).await;
        })*

        #[tokio::test(flavor = "multi_thread")]
        async fn in_postgresql() {
            let Some(server) = postgres::Server::start() else { return };
            $($module::$name(&Office::new(Some(server.database()))).await;)*
        }
    };
}
