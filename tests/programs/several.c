/* Several messages in one call, sendmmsg and recvmmsg: over UDP each is a datagram, over TCP all are one
   stream, and what is sent behind them comes behind them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 3 };

/* Two buffers for the second message, and more room than any message needs. */
static char rooms[MESSAGES][64];
static struct sockaddr_in senders[MESSAGES];

static struct sockaddr_in address(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &where.sin_addr);
    return where;
}

static int serve(int kind) {
    struct sockaddr_in where = address();
    int s = socket(AF_INET, kind, 0), yes = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&where, sizeof where)) return 1;
    if (kind == SOCK_STREAM) {
        listen(s, 1);
        s = accept(s, NULL, NULL);
    }
    struct iovec parts[MESSAGES];
    struct mmsghdr messages[MESSAGES] = {0};
    for (int i = 0; i < MESSAGES; i++) {
        parts[i] = (struct iovec){rooms[i], sizeof rooms[i]};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &senders[i];
        messages[i].msg_hdr.msg_namelen = sizeof senders[i];
    }
    /* Once everything is there, and never for longer than that. */
    size_t all = 0, wanted = kind == SOCK_STREAM ? strlen("onethreethree!end") : MESSAGES;
    while (all < wanted) {
        int got = recvmmsg(s, messages, MESSAGES, MSG_WAITFORONE, NULL);
        if (got < 1) return 1;
        for (int i = 0; i < got; i++) all += kind == SOCK_STREAM ? messages[i].msg_len : 1;
    }
    return 0;
}

static int ask(int kind) {
    struct sockaddr_in where = address();
    int s = socket(AF_INET, kind, 0);
    if (connect(s, (struct sockaddr *)&where, sizeof where)) return 1;
    struct iovec parts[] = {{"one", 3}, {"th", 2}, {"ree", 3}, {"three!", 6}};
    struct mmsghdr messages[MESSAGES] = {0};
    messages[0].msg_hdr = (struct msghdr){.msg_iov = parts, .msg_iovlen = 1};
    messages[1].msg_hdr = (struct msghdr){.msg_iov = parts + 1, .msg_iovlen = 2};
    messages[2].msg_hdr = (struct msghdr){.msg_iov = parts + 3, .msg_iovlen = 1};
    if (sendmmsg(s, messages, MESSAGES, 0) != MESSAGES) return 1;
    if (kind == SOCK_STREAM && send(s, "end", 3, 0) != 3) return 1;
    close(s);
    return 0;
}

int main(int count, char **words) {
    if (count != 3) return 2;
    int kind = strcmp(words[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM;
    return strcmp(words[1], "server") ? ask(kind) : serve(kind);
}
