import socket


def serve_one():
    s = socket.socket()
    s.bind(("", 12345))
    s.listen()
    conn, address = s.accept()
    conn.sendall(b"welcome")
    conn.close()
    s.close()


serve_one()
serve_one()  # as if it were started again
