/* A client that goes on with a descriptor that it has closed, and with one that never was. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &where.sin_addr);
    char room[8];
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&where, sizeof where)) return 1;
    if (write(s, "one", 3) != 3) return 1;
    close(s);
    ssize_t failed = send(s, "two", 3, 0) + write(s, "two", 3) + recv(s, room, 3, 0) + read(s, room, 3);
    failed += shutdown(s, SHUT_WR) + close(s) + close(77);
    return failed != -7;
}
