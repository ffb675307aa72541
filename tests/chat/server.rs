//! Our server, started on a free port.

use crate::program::Program;

pub struct Server {
    pub program: Program,
    pub port: u16,
}

impl Server {
    /// Starts it on one address, and waits until clients can come.
    pub fn on(address: &str, options: &[&str]) -> Self {
        let arguments = [&["server", "--port", "0", "--bind", address], options].concat();
        let mut program = Program::ours(&arguments);
        let line = program.line();
        let port = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.split_once(" ("))
            .and_then(|(address, _)| address.rsplit_once(':'))
            .and_then(|(_, port)| port.parse().ok())
            .unwrap_or_else(|| panic!("the first line does not say where it listens: {line:?}"));
        if options.contains(&"udp") {
            let told = program.line();
            assert!(told.contains("nobody is told when a client goes"), "{told}");
        }
        Self { program, port }
    }

    /// The next line it prints, which begins with a client's address: what comes behind it.
    pub fn tells(&mut self) -> String {
        let line = self.program.line();
        let (address, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let address = address.strip_suffix(':').unwrap_or(address);
        assert!(
            address.parse::<std::net::SocketAddr>().is_ok(),
            "{line:?} begins with no address"
        );
        rest.to_owned()
    }
}
