import socket


def serve_one():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 12345))
    s.listen()
    conn, address = s.accept()
    conn.sendall(b"welcome")
    conn.close()
    s.close()


serve_one()
serve_one()  # as if it were started again
