import socket
import threading


def serve(conn):
    with conn, conn.makefile("rw") as lines:
        for line in lines:
            lines.write(line.upper())
            lines.flush()


s = socket.create_server(("", 12345), reuse_port=False)
while True:
    conn, address = s.accept()
    threading.Thread(target=serve, args=[conn]).start()
