//! Has the crate built again when the screens change. A debug build reads them at run time and needs none of this.

fn main() {
    let debug = std::env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    println!("cargo:rerun-if-changed=build.rs");
    if !debug {
        // Where the folder is missing, cargo looks again at each build, and finds it once it is there.
        println!("cargo:rerun-if-changed=../../../ui/dist");
    }
}
