/* A client that makes very many calls between two sends: the first takes only a part, the second the rest.
   It says how many calls on sockets it has made in all. The server reads to the end. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

static struct sockaddr_in address(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &where.sin_addr);
    return where;
}

static int serve(void) {
    static char room[1 << 20];
    struct sockaddr_in where = address();
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 1)) return 1;
    int connection = accept(listener, NULL, NULL);
    size_t all = 0;
    for (ssize_t size; (size = read(connection, room, sizeof room)) > 0;) all += size;
    close(connection);
    return all != SIZE;
}

static int ask(int turns) {
    char *data = calloc(1, SIZE);
    struct sockaddr_in where = address();
    int made = 0, yes = 1, little = 1 << 16, s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    if (connect(s, (struct sockaddr *)&where, sizeof where)) return 1;
    ssize_t sent = send(s, data, SIZE, MSG_DONTWAIT);
    if (sent <= 0 || sent == SIZE) return 1;
    for (; made < turns; made++) setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    if (send(s, data, SIZE - sent, 0) != SIZE - sent) return 1;
    close(s);
    printf("%d\n", 6 + made);
    return 0;
}

int main(int count, char **words) {
    return count == 1 ? serve() : ask(atoi(words[1]));
}
