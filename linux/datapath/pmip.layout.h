/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Written by scripts/build-bpf.mjs from linux/datapath/layout.ts. */
#define KIND_PSEUDO 1
#define KIND_AGAIN 2
#define KIND_ACCESS 3
#define KIND_HOLD 4
#define ROLE_MAG 1
#define ROLE_LMA 2
#define TRANSPORT_GRE4 4
#define TRANSPORT_GRE6 6
#define TRANSPORT_UDP4 17
#define FLAG_PEERS 1
#define FLAG_LEARN 2
#define FLAG_DROP 4
#define FLAG_HOLD 8
#define GATEWAY_KNOWN 1
#define GATEWAY_DNS 2
#define DIRECTION_UP 0
#define DIRECTION_DOWN 1
#define COST_SHIFT 12
#define BURST_SHIFT 20
#define SOLICITATIONS 2
#define SOLICITATION_NS 20000000ULL
#define SOLICITATIONS_AHEAD_NS 2000000000ULL
#define DROP_UNKNOWN_SOURCE 0
#define DROP_UNKNOWN_DESTINATION 1
#define DROP_UNKNOWN_KEY 2
#define DROP_WRONG_PEER 3
#define DROP_WRONG_ADDRESS 4
#define DROP_STATION_SPOOF 5
#define DROP_PEER_DENIED 6
#define DROP_NOT_LEARNED 7
#define DROP_TOO_BIG 8
#define DROP_CONGESTION 9
#define DROP_MALFORMED 10
#define DROP_FRAGMENT 11
#define DROP_NO_ROUTE 12
#define DROP_FAILED 13
#define DROP_POLICED 14
#define DROP_HOST_FIRST 15
#define DROP_CLOSED 16
#define DROP_NOT_OFFERED 17
#define DROP_MULTICAST 18
#define DROP_ROGUE 19
#define DROP_HIDDEN 20
#define DROP_ETHER_TYPE 21
#define DROP_STATION_TO_STATION 22
#define DROP_REASONS 23
#define DATA_PORT 5437
#define STRAGGLERS_NS 3000000000ULL
#define ERROR_INTERVAL_NS 5000000ULL
#define BELIEVED_NS 10000000ULL
#define ROUTES 1024
#define PASSAGES 256
#define MINIMUM_MTU 1280
#define QUOTED 128
#define MAX_SPACES 256
#define PSEUDO_MAC { 0x02, 0x00, 0x00, 0x00, 0x00, 0x01 }
#define MAG_MAC { 0x00, 0x00, 0x5e, 0x00, 0x52, 0x13 }
struct address_key {
	__u16 space;
	__u16 family;
	__u8 address[8];
};
_Static_assert(sizeof(struct address_key) == 12, "struct address_key");
struct send {
	__u32 index;
	__be32 sendKey;
	__be32 receiveKey;
	__u32 place;
	__u8 local[16];
	__u8 remote[16];
	__u32 cost;
	__u16 mtu;
	__u16 burst;
	__u8 mac[6];
	__u8 transport;
	__u8 flags;
};
_Static_assert(sizeof(struct send) == 64, "struct send");
struct receive {
	__u32 index;
	__u16 space;
	__u8 transport;
	__u8 flags;
	__u64 since;
	__u8 remote[16];
	__u8 local[16];
	__be32 ipv4;
	__u16 mtu;
	__u16 burst;
	__u8 prefix[8];
	__u32 cost;
	__u8 _gap[4];
};
_Static_assert(sizeof(struct receive) == 72, "struct receive");
struct flow {
	__u64 octets;
	__u64 packets;
	__u64 policed;
	__u64 last;
	__u64 tat;
	__u64 first;
	__u64 lastError;
	__u32 move;
	__u8 _gap[4];
};
_Static_assert(sizeof(struct flow) == 64, "struct flow");
struct hold {
	__u64 packets;
	__u64 until;
	__u32 ifindex;
	__u32 open;
};
_Static_assert(sizeof(struct hold) == 24, "struct hold");
struct limit {
	__u64 tat;
	__u32 cost;
	__u32 burst;
};
_Static_assert(sizeof(struct limit) == 16, "struct limit");
struct device {
	__u8 kind;
	__u8 role;
	__u16 space;
};
_Static_assert(sizeof(struct device) == 4, "struct device");
struct station_key {
	__u32 ifindex;
	__u8 mac[6];
	__u8 _gap[2];
};
_Static_assert(sizeof(struct station_key) == 12, "struct station_key");
struct gateway_key {
	__u32 ifindex;
	__u32 family;
	__u8 address[16];
};
_Static_assert(sizeof(struct gateway_key) == 24, "struct gateway_key");
struct route {
	__u8 local[16];
	__u8 remote[16];
	__u8 hop[16];
	__u64 until;
	__u32 ifindex;
	__u16 family;
	__u16 mtu;
};
_Static_assert(sizeof(struct route) == 64, "struct route");
struct passage {
	__u8 address[16];
	__u64 until;
	__u32 ifindex;
	__u32 family;
};
_Static_assert(sizeof(struct passage) == 32, "struct passage");
