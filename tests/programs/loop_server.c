/* The tutorial's server in C: a process for each client. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int conn) {
    char data[1024];
    ssize_t size;
    send(conn, "welcome", 7, MSG_NOSIGNAL);
    while ((size = recv(conn, data, sizeof data, 0)) > 0) {
        printf("%.*s\n", (int)size, data);
        fflush(stdout);
    }
    close(conn);
}

int main(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(12345)};
    int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&own, sizeof own) < 0 || listen(s, 5) < 0) {
        perror("server");
        return 1;
    }
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int conn = accept(s, NULL, NULL);
        if (conn < 0) {
            perror("accept");
            return 1;
        }
        if (fork() == 0) {
            close(s);
            serve(conn);
            return 0;
        }
        close(conn);
    }
}
