//! Tells the build what the migrations are.

fn main() {
    // A new migration must rebuild the crate that carries it.
    println!("cargo:rerun-if-changed=migrations");
}
