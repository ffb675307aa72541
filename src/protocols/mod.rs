//! One file per protocol: its field table, its functions, its tests.
//!
//! A dissector is a pure function of bytes and the layers around them; all state lives elsewhere.
//! `registry` lists the protocols: a new one is one file here and its two lines there. This room uses
//! `model` alone.

#![forbid(unsafe_code)]

pub mod ah;
pub mod arp;
pub mod chat;
pub mod chat_wire;
pub mod checksum;
pub mod data;
pub mod dialogue;
pub mod esp;
pub mod ethernet;
pub mod fragments;
pub mod frame;
pub mod ftp;
pub mod ftp_replies;
pub mod http;
pub mod http_headers;
pub mod http_message;
pub mod icmp;
pub mod icmp_extensions;
pub mod icmp_names;
pub mod icmpv6;
pub mod icmpv6_messages;
pub mod icmpv6_mld;
pub mod icmpv6_options;
pub mod ieee8021ad;
pub mod igmp;
pub mod igmp_records;
pub mod ipv4;
pub mod ipv4_options;
pub mod ipv6;
pub mod ipv6_destination;
pub mod ipv6_extension;
pub mod ipv6_fragment;
pub mod ipv6_hop_by_hop;
pub mod ipv6_option_layouts;
pub mod ipv6_options;
pub mod ipv6_routing;
pub mod layout;
pub mod line_dialogue;
pub mod lines;
pub mod llc;
pub mod llc_control;
pub mod names;
pub mod null;
pub mod piece;
pub mod pop;
pub mod raw;
pub mod registry;
pub mod sll;
pub mod sll_names;
pub mod smtp;
pub mod smtp_replies;
pub mod stp;
pub mod tcp;
pub mod tcp_followed;
pub mod tcp_mptcp;
pub mod tcp_option_list;
pub mod tcp_options;
pub mod tcp_options_historic;
pub mod tcp_options_recent;
pub mod tcp_options_security;
pub mod tcp_sack;
pub mod time_code;
pub mod udp;
pub mod vlan;
