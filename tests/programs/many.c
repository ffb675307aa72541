/* A server that forks a child for each connection, and a client with three threads: `many server`,
   `many client`. Each client thread says one line and hears it back. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 3 };

static struct sockaddr_in address(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &address.sin_addr);
    return address;
}

static int serve(void) {
    struct sockaddr_in own = address();
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)&own, sizeof own) || listen(listening, CLIENTS)) return 1;
    for (int client = 0; client < CLIENTS; client++) {
        int connection = accept(listening, NULL, NULL);
        if (fork() == 0) {
            char line[100];
            ssize_t length = read(connection, line, sizeof line);
            return write(connection, line, length) != length;
        }
        close(connection);
    }
    while (wait(NULL) > 0) {}
    return 0;
}

static void *speak(void *unused) {
    (void)unused;
    struct sockaddr_in server = address();
    char line[100] = "hello from a thread";
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&server, sizeof server)) return "cannot connect";
    if (write(connection, line, strlen(line)) < 0) return "cannot write";
    if (read(connection, line, sizeof line) <= 0) return "cannot read";
    close(connection);
    return NULL;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "server") == 0) return serve();
    pthread_t threads[CLIENTS];
    int failed = 0;
    for (int one = 0; one < CLIENTS; one++) pthread_create(&threads[one], NULL, speak, NULL);
    for (int one = 0; one < CLIENTS; one++) {
        void *trouble;
        pthread_join(threads[one], &trouble);
        if (trouble) fprintf(stderr, "%s\n", (char *)trouble), failed = 1;
    }
    return failed;
}
