import socket
import threading


def serve(conn):
    with conn:
        while data := conn.recv(1024):
            conn.sendall(data)


s = socket.create_server(("", 12345))
while True:
    conn, address = s.accept()
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
